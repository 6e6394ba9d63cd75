/** The platform of an image, as in the descriptors of an image index (OCI image spec 1.1, image index). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/**
 * The normal form of architectures with several names, as in BuildKit (containerd/platforms, `normalizeArch`). A
 * requested platform and the built one must compare equal.
 */
const normalNames: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['i386', '386'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm/v7'],
  ['armel', 'arm/v6'],
  ['arm', 'arm/v7'],
]);

/** The normal form of variants with several names. The empty form is the default and is omitted. */
const normalVariants: ReadonlyMap<string, string> = new Map([
  ['amd64/v1', ''],
  ...['5', '6', '7', '8'].map((variant) => [`arm/${variant}`, `v${variant}`] as const),
  ...['8', 'v8', '8.0', 'v8.0'].map((variant) => [`arm64/${variant}`, ''] as const),
  ...['9', '9.0', 'v9.0'].map((variant) => [`arm64/${variant}`, 'v9'] as const),
]);

const platformPattern = /^(?<os>[a-z0-9]+)\/(?<machine>[a-z0-9_-]+(?:\/[a-z0-9.]+)?)$/;

/** Parses `os/architecture[/variant]`, ignoring case, and normalises it. Returns undefined if the text is not a platform. */
export function parsePlatform(text: string): Platform | undefined {
  const { os, machine } = platformPattern.exec(text.toLowerCase())?.groups ?? {};
  if (os === undefined || machine === undefined) return undefined;
  const [architecture = machine, variant] = normalise(machine).split('/');
  return { os: os === 'macos' ? 'darwin' : os, architecture, variant };
}

/** Returns `os/architecture[/variant]` in normal form: `linux/arm64/v8` is written `linux/arm64`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return `${os}/${normalise([architecture, variant].filter(Boolean).join('/'))}`;
}

function normalise(machine: string): string {
  const [written = '', variant] = machine.split('/');
  const [architecture = written, implied] = (normalNames.get(written) ?? written).split('/');
  const named = variant ?? implied;
  if (named === undefined) return architecture;
  const normal = normalVariants.get(`${architecture}/${named}`) ?? named;
  return normal === '' ? architecture : `${architecture}/${normal}`;
}
