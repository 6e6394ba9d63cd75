import { parsePlatform, type Platform } from './platform.ts';

/** The operating systems of Go and their architectures (`go tool dist list`). BuildKit uses the same names. */
const architectures: Readonly<Record<string, readonly string[]>> = {
  aix: ['ppc64'],
  android: ['386', 'amd64', 'arm', 'arm64'],
  darwin: ['amd64', 'arm64'],
  dragonfly: ['amd64'],
  freebsd: ['386', 'amd64', 'arm', 'arm64', 'riscv64'],
  illumos: ['amd64'],
  ios: ['amd64', 'arm64'],
  js: ['wasm'],
  linux: [
    'amd64',
    'arm64',
    '386',
    'arm',
    'loong64',
    'mips',
    'mips64',
    'mips64le',
    'mipsle',
    'ppc64',
    'ppc64le',
    'riscv64',
    's390x',
  ],
  netbsd: ['386', 'amd64', 'arm', 'arm64'],
  openbsd: ['386', 'amd64', 'arm', 'arm64', 'ppc64', 'riscv64'],
  plan9: ['386', 'amd64', 'arm'],
  solaris: ['amd64'],
  wasi: ['wasm'],
  wasip1: ['wasm'],
  windows: ['386', 'amd64', 'arm', 'arm64'],
};

/** The variants of an architecture, after normalisation (containerd/platforms). */
const variants: Readonly<Record<string, RegExp>> = {
  amd64: /^v[2-4]$/,
  arm: /^v[5-8]$/,
  arm64: /^v(?:8\.[1-9]|9(?:\.[1-9])?)$/,
};

/** The platforms to suggest in place of a mistyped one. */
export const commonPlatforms: readonly string[] = [
  ...(architectures.linux ?? []).map((architecture) => `linux/${architecture}`),
  'linux/arm/v5',
  'linux/arm/v6',
  'linux/arm/v7',
  'linux/amd64/v2',
  'linux/amd64/v3',
  'linux/amd64/v4',
  'windows/amd64',
  'windows/arm64',
];

/** Returns the platform in normalised form, or undefined if Go and BuildKit have no such platform. */
export function parseKnownPlatform(text: string): Platform | undefined {
  const platform = parsePlatform(text);
  return platform !== undefined && isKnown(platform) ? platform : undefined;
}

function isKnown({ os, architecture, variant }: Platform): boolean {
  const hasArchitecture =
    Object.hasOwn(architectures, os) && architectures[os]?.includes(architecture) === true;
  if (!hasArchitecture || variant === undefined) return hasArchitecture;
  return Object.hasOwn(variants, architecture) && variants[architecture]?.test(variant) === true;
}
