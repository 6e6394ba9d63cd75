/** What an image runs on, as the descriptors of an image index say it (OCI image spec 1.1, image index). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/**
 * Machines that go by several names, and the variants that go without saying, as BuildKit has them
 * (containerd/platforms, `normalizeArch`): what is asked for and what was built must compare equal.
 */
const usualNames: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['i386', '386'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm/v7'],
  ['armel', 'arm/v6'],
  ['arm', 'arm/v7'],
]);

/** Variants that have another usual name. An empty one goes without saying. */
const usualVariants: ReadonlyMap<string, string> = new Map([
  ['amd64/v1', ''],
  ...['5', '6', '7', '8'].map((variant) => [`arm/${variant}`, `v${variant}`] as const),
  ...['8', 'v8', '8.0', 'v8.0'].map((variant) => [`arm64/${variant}`, ''] as const),
  ...['9', '9.0', 'v9.0'].map((variant) => [`arm64/${variant}`, 'v9'] as const),
]);

const platformPattern = /^(?<os>[a-z0-9]+)\/(?<machine>[a-z0-9_-]+(?:\/[a-z0-9.]+)?)$/;

/** The platform that `os/architecture[/variant]` names, in any case and by its usual name; undefined when it is none. */
export function parsePlatform(text: string): Platform | undefined {
  const { os, machine } = platformPattern.exec(text.toLowerCase())?.groups ?? {};
  if (os === undefined || machine === undefined) return undefined;
  const [architecture = machine, variant] = usualName(machine).split('/');
  return { os: os === 'macos' ? 'darwin' : os, architecture, variant };
}

/** `os/architecture[/variant]`, by its usual name: `linux/arm64/v8` is `linux/arm64`, for there is no other. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return `${os}/${usualName([architecture, variant].filter(Boolean).join('/'))}`;
}

function usualName(machine: string): string {
  const [written = '', variant] = machine.split('/');
  const [architecture = written, implied] = (usualNames.get(written) ?? written).split('/');
  const named = variant ?? implied;
  if (named === undefined) return architecture;
  const usual = usualVariants.get(`${architecture}/${named}`) ?? named;
  return usual === '' ? architecture : `${architecture}/${usual}`;
}
