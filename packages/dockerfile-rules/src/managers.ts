/** How a package manager installs packages, and what it leaves behind. */
export interface Manager {
  readonly programs: readonly string[];
  /** The words that install. A list of two is a subcommand: `uv pip install`. */
  readonly verbs: readonly (readonly string[])[];
  /** Options whose value is the next word. */
  readonly valued: readonly string[];
  /** The options besides `--dry-run` with which nothing is installed. */
  readonly dry?: RegExp;
  /** Whether a package has a version; undefined if the manager has no versions to write. */
  readonly isPinned?: (name: string) => boolean;
  /** An argument that gives all packages of the command a version. */
  readonly pinning?: RegExp;
  /** How to write a version. */
  readonly pin: string;
  /** What is before the revision in the address of a Git repository. Default: `@`. */
  readonly repositoryMark?: string;
  /** Whether the packages are those of the distribution, which keeps only the newest version of each. */
  readonly isDistribution: boolean;
  /** How nothing is left behind; undefined if the manager leaves nothing that matters. */
  readonly cache?: Cache;
}

interface Cache {
  /** The option that keeps no cache. */
  readonly option?: string;
  /** Further options with the same effect. */
  readonly options?: readonly string[];
  /** The variable that has the same effect. */
  readonly variable?: string;
  /** The folders. Removing or mounting one of them is enough. */
  readonly folders: readonly string[];
  /** The arguments of the manager that remove the cache. */
  readonly clean?: RegExp;
  /** What to write. */
  readonly hint: string;
  /** Whether the cache is small or the manager rarely runs in the stage that becomes the image. */
  readonly isMinor?: boolean;
}

const equals = (name: string) => /[^=<>~!]={1,3}[^=]/.test(name);
const atVersion = (name: string) => /.@[~^>=<v]*\d/.test(name) || /.@(?:npm:|https?:|git)/.test(name);
const dashed = (name: string) =>
  /-\d+[.:]?\d*/.test(
    name.replace(/^(?:python|java|php|ruby|postgresql|gcc|nodejs|perl)-?\d[\d.]*(?:-|$)/, '-'),
  ) || /:\d/.test(name);

const javascript = {
  isPinned: atVersion,
  pin: 'name@1.2.3',
  repositoryMark: '#',
  isDistribution: false,
};

const rpm = {
  verbs: [['install'], ['in'], ['localinstall'], ['groupinstall']],
  valued: [
    '--setopt',
    '--enablerepo',
    '--disablerepo',
    '--releasever',
    '--installroot',
    '-c',
    '--repo',
    '--exclude',
    '-x',
  ],
  isPinned: (name: string) => dashed(name) || name.startsWith('@'),
  pin: 'name-1.2.3',
  isDistribution: true,
};

/** The package managers that the rules know. */
export const managers: readonly Manager[] = [
  {
    programs: ['apt-get', 'apt', 'aptitude'],
    verbs: [['install']],
    dry: /^(?:-[qyfmuV]*s[qyfmuV]*|--(?:simulate|just-print|recon|no-act|print-uris))$/,
    valued: ['-o', '-t', '-c', '--option', '--target-release', '--default-release', '--config-file', '-a'],
    isPinned: (name) => equals(name) || /.\/./.test(name),
    pin: 'name=1.2.3-1',
    isDistribution: true,
    cache: {
      folders: ['/var/lib/apt'],
      // apt 2.9 and newer.
      clean: /\bdist-?clean\b/,
      hint: 'End the step with rm -rf /var/lib/apt/lists/*, or mount caches for /var/cache/apt and /var/lib/apt.',
    },
  },
  {
    programs: ['apk'],
    verbs: [['add']],
    valued: [
      '-t',
      '--virtual',
      '-X',
      '--repository',
      '-p',
      '--root',
      '--repositories-file',
      '--arch',
      '--cache-dir',
      '--keys-dir',
    ],
    isPinned: (name) => /[^=<>~][=~<>]/.test(name) || name.startsWith('.') || name.startsWith('!'),
    pin: 'name=1.2.3-r0',
    isDistribution: true,
    cache: {
      option: '--no-cache',
      options: ['--no-network'],
      folders: ['/var/cache/apk', '/etc/apk/cache'],
      hint: 'Write apk add --no-cache.',
    },
  },
  {
    ...rpm,
    programs: ['dnf', 'dnf5', 'yum', 'microdnf', 'tdnf'],
    cache: {
      folders: ['/var/cache/dnf', '/var/cache/yum', '/var/cache/libdnf5', '/var/cache/tdnf'],
      clean: /\bclean\b/,
      hint: 'End the step with dnf clean all (yum clean all, microdnf clean all), or mount a cache for /var/cache/dnf.',
    },
  },
  {
    ...rpm,
    programs: ['zypper'],
    verbs: [['install'], ['in']],
    isPinned: (name) => /[=<>]/.test(name) || dashed(name),
    pin: 'name=1.2.3',
    cache: {
      folders: ['/var/cache/zypp'],
      clean: /\b(?:clean|cc)\b/,
      hint: 'End the step with zypper clean --all, or mount a cache for /var/cache/zypp.',
    },
  },
  {
    programs: ['pacman'],
    verbs: [['-S'], ['-Sy'], ['-Syu'], ['-Su'], ['--sync']],
    valued: ['--arch', '--config', '--root', '-r', '-b'],
    pin: '',
    isDistribution: true,
    cache: {
      folders: ['/var/cache/pacman'],
      clean: /^-Sc/,
      hint: 'End the step with rm -rf /var/cache/pacman/pkg/*, or mount a cache for the folder.',
    },
  },
  {
    programs: ['pip', 'pip3', 'pip2', 'pipx'],
    verbs: [['install']],
    valued: [
      '-r',
      '--requirement',
      '-c',
      '--constraint',
      '-i',
      '--index-url',
      '--extra-index-url',
      '-f',
      '--find-links',
      '-t',
      '--target',
      '--prefix',
      '--root',
      '--proxy',
      '--trusted-host',
      '--timeout',
      '--retries',
      '--cache-dir',
      '--platform',
      '--python-version',
      '--src',
      '-e',
      '--editable',
      '--python',
      '--only-binary',
      '--no-binary',
      '--progress-bar',
      '--global-option',
      '--config-settings',
    ],
    // An upper bound keeps the next major version out.
    isPinned: (name) => equals(name) || /.(?:~=|<)/.test(name) || name.includes(' @ '),
    pinning: /^(?:-c|--constraint)/,
    pin: 'name==1.2.3',
    isDistribution: false,
    cache: {
      option: '--no-cache-dir',
      variable: 'PIP_NO_CACHE_DIR',
      folders: ['/root/.cache', '~/.cache', '$HOME/.cache'],
      clean: /\bcache purge\b/,
      hint: 'Write pip install --no-cache-dir, or mount a cache for /root/.cache/pip.',
    },
  },
  {
    programs: ['uv'],
    verbs: [['pip', 'install'], ['tool', 'install'], ['add']],
    valued: [
      '-r',
      '--requirement',
      '-c',
      '--constraint',
      '-i',
      '--index-url',
      '--extra-index-url',
      '--index',
      '--default-index',
      '--target',
      '--prefix',
      '--python',
      '-p',
      '-e',
      '--editable',
      '--with',
      '--cache-dir',
      '--project',
      '--directory',
    ],
    isPinned: (name) => equals(name) || /.(?:~=|<)/.test(name) || atVersion(name),
    pinning: /^(?:-c|--constraint)/,
    pin: 'name==1.2.3',
    isDistribution: false,
    cache: {
      option: '--no-cache',
      options: ['-n', '--no-cache-dir'],
      variable: 'UV_NO_CACHE',
      folders: ['/root/.cache', '~/.cache', '$HOME/.cache'],
      clean: /\bcache (?:clean|prune)\b/,
      hint: 'Write uv with --no-cache, or mount a cache for /root/.cache/uv.',
    },
  },
  {
    ...javascript,
    programs: ['npm'],
    verbs: [['install'], ['i'], ['add']],
    valued: [
      '--prefix',
      '--registry',
      '--cache',
      '-w',
      '--workspace',
      '--loglevel',
      '--userconfig',
      '--omit',
      '--include',
      '--only',
      '-C',
    ],
    cache: {
      options: ['--cache'],
      folders: ['/root/.npm', '~/.npm', '$HOME/.npm'],
      clean: /\bcache (?:clean|clear|rm)\b/,
      hint: 'End the step with npm cache clean --force, or mount a cache for /root/.npm.',
      isMinor: true,
    },
  },
  {
    ...javascript,
    programs: ['yarn', 'yarnpkg'],
    verbs: [['global', 'add'], ['add'], ['dlx']],
    valued: ['--cwd', '--registry', '--cache-folder', '--modules-folder', '--prefix'],
    cache: {
      options: ['--cache-folder'],
      folders: ['/usr/local/share/.cache', '/root/.yarn', '~/.yarn', '/root/.cache'],
      clean: /\bcache clean\b/,
      hint: 'End the step with yarn cache clean, or mount a cache for /usr/local/share/.cache/yarn.',
      isMinor: true,
    },
  },
  {
    ...javascript,
    programs: ['pnpm', 'bun'],
    verbs: [['add'], ['install'], ['i']],
    valued: ['--dir', '-C', '--filter', '-F', '--registry', '--store-dir', '--cwd', '--reporter'],
  },
  {
    programs: ['gem'],
    verbs: [['install']],
    valued: [
      '-v',
      '--version',
      '-s',
      '--source',
      '-i',
      '--install-dir',
      '-n',
      '--bindir',
      '-P',
      '--platform',
    ],
    isPinned: (name) => /:\d/.test(name),
    pinning: /^(?:-v|--version)/,
    pin: 'name:1.2.3',
    isDistribution: false,
  },
  {
    programs: ['go'],
    verbs: [['install'], ['get']],
    valued: ['-ldflags', '-tags', '-mod', '-o', '-C', '-p', '-gcflags'],
    isPinned: (name) => /@(?!latest$)./.test(name) || !/^[\w-]+\.[\w.-]+\//.test(name),
    pin: 'module@v1.2.3',
    isDistribution: false,
  },
  {
    programs: ['cargo'],
    verbs: [['install'], ['binstall']],
    valued: [
      '--version',
      '--vers',
      '--git',
      '--rev',
      '--tag',
      '--branch',
      '--path',
      '--features',
      '-F',
      '--root',
      '--target',
      '--profile',
      '--bin',
      '--registry',
      '-j',
      '--index',
    ],
    isPinned: (name) => /.@\d/.test(name),
    pinning: /^--(?:vers|version|rev|tag|path)\b/,
    pin: 'name@1.2.3',
    isDistribution: false,
  },
  {
    programs: ['composer'],
    verbs: [['global', 'require'], ['require']],
    valued: ['-d', '--working-dir'],
    isPinned: (name) => /.[:=].*\d/.test(name),
    pin: 'vendor/name:1.2.3',
    isDistribution: false,
  },
  {
    programs: ['conda', 'mamba', 'micromamba'],
    verbs: [['install'], ['create']],
    valued: [
      '-c',
      '--channel',
      '-n',
      '--name',
      '-p',
      '--prefix',
      '-f',
      '--file',
      '-r',
      '--root-prefix',
      '--solver',
    ],
    isPinned: (name) => /.[=<>]/.test(name),
    pin: 'name=1.2.3',
    isDistribution: false,
    cache: {
      folders: ['/opt/conda/pkgs', '/root/.conda', '/root/micromamba/pkgs'],
      clean: /\bclean\b/,
      hint: 'End the step with conda clean --all --yes, or mount a cache for /opt/conda/pkgs.',
    },
  },
  {
    programs: ['poetry', 'pdm'],
    verbs: [['add']],
    valued: ['-G', '--group', '--source', '-E', '--extras', '-C', '--directory'],
    isPinned: (name) => equals(name) || atVersion(name) || /[<>~^]/.test(name),
    pin: 'name==1.2.3',
    isDistribution: false,
  },
];
