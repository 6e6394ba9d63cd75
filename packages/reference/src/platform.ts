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
  ['amd64/v1', 'amd64'],
  ['i386', '386'],
  ['aarch64', 'arm64'],
  ['arm64/v8', 'arm64'],
  ['armhf', 'arm/v7'],
  ['armel', 'arm/v6'],
  ['arm', 'arm/v7'],
]);

const platformPattern = /^(?<os>[a-z0-9]+)\/(?<machine>[a-z0-9_]+(?:\/[a-z0-9.]+)?)$/;

/** The platform that `os/architecture[/variant]` names, in any case and by its usual name; undefined when it is none. */
export function parsePlatform(text: string): Platform | undefined {
  const { os, machine } = platformPattern.exec(text.toLowerCase())?.groups ?? {};
  if (os === undefined || machine === undefined) return undefined;
  const [architecture = machine, variant] = usualName(machine).split('/');
  return { os, architecture, variant };
}

/** `os/architecture[/variant]`, by its usual name: `linux/arm64/v8` is `linux/arm64`, for there is no other. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return `${os}/${usualName([architecture, variant].filter(Boolean).join('/'))}`;
}

function usualName(machine: string): string {
  return usualNames.get(machine) ?? machine;
}
