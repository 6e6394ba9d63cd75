import type { PrivateRegistry } from '@towpath/reference';

/** How an image is built beside its context, Dockerfile and target: options of `docker buildx build`. */
export interface BuildOptions {
  readonly args: ReadonlyMap<string, string>;
  /** Named contexts: what a `FROM` or a `--from` of that name means. */
  readonly contexts: ReadonlyMap<string, NamedContext>;
  /** By the id that a `RUN --mount=type=secret` names. */
  readonly secrets: ReadonlyMap<string, SecretSource>;
  readonly ssh: readonly SshSource[];
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** Undefined: what the whole build uses. */
  readonly cache?: CacheConfig;
  /** Whether base images are looked up anew, even where the builder knows them. */
  readonly pull: boolean;
  /** Whether nothing is taken from the cache, or not these stages. */
  readonly noCache: boolean | readonly string[];
  readonly network: NetworkMode;
  /** Host → IP address, or `host-gateway`. */
  readonly addHosts: ReadonlyMap<string, string>;
  /** The size of /dev/shm, in bytes. */
  readonly shmSize?: number;
  readonly ulimits: ReadonlyMap<string, Ulimit>;
  /** Undefined: gzip, as BuildKit has it. */
  readonly compression?: Compression;
  /** Undefined: what the whole build does. */
  readonly proxy?: ProxyMode;
}

/** What an image has that says nothing about how it is built. */
export const plainBuild: BuildOptions = {
  args: new Map(),
  contexts: new Map(),
  secrets: new Map(),
  ssh: [],
  labels: new Map(),
  annotations: new Map(),
  pull: false,
  noCache: false,
  network: 'default',
  addHosts: new Map(),
  ulimits: new Map(),
};

/** Where a named context comes from. Paths are relative to the workspace, with forward slashes. */
export type NamedContext =
  | { readonly kind: 'folder'; readonly path: string }
  /** `docker-image://`: a reference as it was written. */
  | { readonly kind: 'image'; readonly reference: string }
  /** `oci-layout://`: a folder with an OCI layout. */
  | { readonly kind: 'layout'; readonly path: string; readonly tag?: string; readonly digest?: string }
  /** `target:`: another image of this configuration. */
  | { readonly kind: 'target'; readonly image: string }
  /** A git repository, or an archive over HTTP; never with credentials in it. */
  | { readonly kind: 'remote'; readonly url: string };

/** Where a secret is taken from: a variable of the environment, or a file relative to the workspace. */
export type SecretSource = { readonly env: string } | { readonly file: string };

/** An SSH agent, or private keys, for `RUN --mount=type=ssh`. Without keys: the agent of SSH_AUTH_SOCK. */
export interface SshSource {
  readonly id: string;
  /** Relative to the workspace. */
  readonly keys: readonly string[];
}

export const cacheTypes = ['gha', 'registry', 'local', 'none'] as const;
export type CacheType = (typeof cacheTypes)[number];

/** `max` keeps the layers of every stage, `min` those of the last. */
export type CacheMode = 'min' | 'max';

/** Where the layers of a build are kept for the next one. What is absent has a default of the builder's making. */
export type CacheConfig =
  | { readonly type: 'none' }
  | { readonly type: 'gha'; readonly scope?: string; readonly mode: CacheMode }
  | { readonly type: 'registry'; readonly reference?: string; readonly mode: CacheMode }
  | { readonly type: 'local'; readonly path?: string; readonly mode: CacheMode };

export const networkModes = ['default', 'none', 'host'] as const;
export type NetworkMode = (typeof networkModes)[number];

/** Limits of a process, in the unit of `setrlimit`; -1 is no limit. */
export interface Ulimit {
  readonly soft: number;
  readonly hard: number;
}

export const compressionTypes = ['gzip', 'zstd', 'estargz', 'uncompressed'] as const;

/** How layers are compressed (BuildKit, exporter attributes `compression`, `compression-level`, `force-compression`). */
export interface Compression {
  readonly type: (typeof compressionTypes)[number];
  readonly level?: number;
  /** Whether layers of the base image are compressed anew, too. */
  readonly force: boolean;
}

/** `build`: for the steps of a build, and nothing of it in the image. `persist`: in the image's environment too. */
export type ProxyMode = 'off' | 'build' | 'persist';

export const attestationModes = ['index', 'referrers', 'none'] as const;
/** Where provenance and SBOM go: into the image's index, beside it as OCI referrers, or nowhere. */
export type AttestationMode = (typeof attestationModes)[number];

export const provenanceModes = ['min', 'max', 'none'] as const;
/** How much the provenance tells (BuildKit, "Provenance attestation"). */
export type ProvenanceMode = (typeof provenanceModes)[number];

/** What holds for the build of all images. */
export interface BuildConfig {
  /** What an image without a mode of its own does. */
  readonly proxy: ProxyMode;
  /** What an image without a cache of its own uses. */
  readonly cache: CacheConfig;
  /** Upstream host, e.g. `docker.io` → the registry and the prefix of its pull-through cache. */
  readonly pullThrough: ReadonlyMap<string, PrivateRegistry>;
  /** The time of every file and of the image: the time of the commit, of the build, or seconds since 1970. */
  readonly sourceDateEpoch: 'commit' | 'now' | number;
  readonly attestations: AttestationMode;
  readonly provenance: ProvenanceMode;
  /** Undefined: none. Without a generator: the builder's own. */
  readonly sbom?: { readonly generator?: string };
  /** Whether an image of the same fingerprint that the registry has is taken, and how old it may be, in milliseconds. */
  readonly reuse?: { readonly maxAge: number };
  /** Whether images are left in Docker too, for the tests of later steps, where one answers. */
  readonly load: boolean;
}

/**
 * Every file's time in every layer, where nothing else is configured: a constant, so that a layer does not change
 * because a commit did. 1980-01-01 is the earliest that zip archives, jars and wheels among them, can hold.
 */
const earliestZipTime = 315_532_800;

/** What holds where a configuration says nothing. */
export const plainBuildConfig: BuildConfig = {
  proxy: 'build',
  cache: { type: 'none' },
  pullThrough: new Map(),
  sourceDateEpoch: earliestZipTime,
  attestations: 'referrers',
  provenance: 'min',
  load: false,
};

/** What holds where the model's builds would: they leave every image in Docker. */
export const modelBuildConfig: BuildConfig = { ...plainBuildConfig, load: true };
