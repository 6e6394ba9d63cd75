import { packageName } from './package-name.ts';

/** The types of package URLs for the names of package managers and package types, of all scanners. */
const types: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Operating systems: their packages, and the systems themselves
    deb: 'deb dpkg debian ubuntu distroless',
    apk: 'apk alpine alpine_linux wolfi chainguard chainguard_os minimos',
    rpm: 'rpm dnf yum amazon amazon_linux amzn redhat rhel red_hat centos alma almalinux rocky rocky_linux oracle oracle_linux ol fedora suse sles sled opensuse suse_server photon mariner azurelinux cbl-mariner bottlerocket',
    alpm: 'alpm arch archlinux pacman',
    // Languages
    cargo: 'cargo rust rustbinary rust-binary rust-crate',
    composer: 'composer php composer-vendor php-composer',
    conan: 'conan',
    gem: 'gem gemspec bundler rubygems ruby',
    golang: 'golang gobinary gomod gomodules gomodulesexec go go-module',
    hex: 'hex mix erlang elixir',
    maven: 'maven jar pom gradle sbt java java-archive jenkins-plugin',
    npm: 'npm yarn pnpm node-pkg nodepkg nodejs node javascript',
    nuget: 'nuget dotnet dotnet-core dotnet_core dotnet-deps packages-props',
    pub: 'pub dart-pub',
    pypi: 'pypi pip pipenv poetry python python-pkg pythonpkg uv conda-pkg',
    swift: 'swift swift-pm',
    cocoapods: 'cocoapods',
    conda: 'conda',
  }).flatMap(([type, names]) => names.split(' ').map((name) => [name, type])),
);

/**
 * Returns the type of a package URL for a scanner's name of a package manager, a package type or an operating system, e.g.
 * `deb` for `DEBIAN_10`, or undefined if it is unknown.
 */
export function packageType(name: string | undefined): string | undefined {
  const text = name?.slice(0, 100).toLowerCase().trim() ?? '';
  // Versions of operating systems follow a separator: `debian:11`, `ALPINE_LINUX_3_18`, `AMAZON_LINUX_2023`.
  const system = text.split(/[:_ -](?=\d|v\d|edge|testing|unstable|rolling)/)[0] ?? '';
  return types.get(text) ?? types.get(system);
}

/** Returns the type of a package URL, e.g. `npm` for `pkg:npm/left-pad@1.3.0`. */
export function typeOfPurl(purl: string | undefined): string | undefined {
  return /^pkg:(?<type>[a-zA-Z][\w.+-]{0,30})\//.exec(purl?.slice(0, 50) ?? '')?.groups?.type?.toLowerCase();
}

/** Returns the name that scanners report for a package URL, e.g. `org.example:app` for `pkg:maven/org.example/app@1`. */
export function nameOfPurl(purl: string): string | undefined {
  const names = (purl.slice(0, maxPurl).split(/[@?#]/)[0] ?? '').split('/').slice(1).map(decode);
  const name = names.pop();
  return name === undefined || name === ''
    ? undefined
    : packageName(typeOfPurl(purl) ?? '', names.join('/'), name);
}

const maxPurl = 500;

/** Returns a decoded part of a package URL, or the part itself if its encoding is invalid. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
