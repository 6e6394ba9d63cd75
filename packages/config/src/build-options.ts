import type { PrivateRegistry } from '@towpath/reference';

/** Options of `docker buildx build` for one image, besides its context, Dockerfile and target. */
export interface BuildOptions {
  readonly args: ReadonlyMap<string, string>;
  /** Named contexts. They replace the `FROM` or `--from` of the same name. */
  readonly contexts: ReadonlyMap<string, NamedContext>;
  /** Secrets, keyed by the id in `RUN --mount=type=secret`. */
  readonly secrets: ReadonlyMap<string, SecretSource>;
  readonly ssh: readonly SshSource[];
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** If undefined, the cache of the whole build applies. */
  readonly cache?: CacheConfig;
  /** Whether to look up base images in their registry even if the builder has them. */
  readonly pull: boolean;
  /** `true`: use no cache. A list: do not use the cache for these stages. */
  readonly noCache: boolean | readonly string[];
  readonly network: NetworkMode;
  /** Host → IP address, or `host-gateway`. */
  readonly addHosts: ReadonlyMap<string, string>;
  /** The size of /dev/shm, in bytes. */
  readonly shmSize?: number;
  readonly ulimits: ReadonlyMap<string, Ulimit>;
  /** If undefined, BuildKit uses gzip. */
  readonly compression?: Compression;
  /** If undefined, the mode of the whole build applies. */
  readonly proxy?: ProxyMode;
}

/** The build options of an image that sets none. */
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

/** The source of a named context. Paths are relative to the workspace, with forward slashes. */
export type NamedContext =
  | { readonly kind: 'folder'; readonly path: string }
  /** `docker-image://`: the image reference as written. */
  | { readonly kind: 'image'; readonly reference: string }
  /** `oci-layout://`: a folder with an OCI layout. */
  | { readonly kind: 'layout'; readonly path: string; readonly tag?: string; readonly digest?: string }
  /** `target:`: another image of this configuration. */
  | { readonly kind: 'target'; readonly image: string }
  /** A git repository, or an archive over HTTP. The URL never contains credentials. */
  | { readonly kind: 'remote'; readonly url: string };

/** The source of a secret: an environment variable, or a file relative to the workspace. */
export type SecretSource = { readonly env: string } | { readonly file: string };

/** An SSH agent or private keys for `RUN --mount=type=ssh`. Without keys, the agent at SSH_AUTH_SOCK is used. */
export interface SshSource {
  readonly id: string;
  /** Relative to the workspace. */
  readonly keys: readonly string[];
}

export const cacheTypes = ['gha', 'registry', 'local', 'none'] as const;
export type CacheType = (typeof cacheTypes)[number];

/** `max` keeps the layers of every stage, `min` only those of the last stage. */
export type CacheMode = 'min' | 'max';

/** Where the layers of a build are cached for the next build. The builder sets defaults for absent fields. */
export type CacheConfig =
  | { readonly type: 'none' }
  | { readonly type: 'gha'; readonly scope?: string; readonly mode: CacheMode }
  | { readonly type: 'registry'; readonly reference?: string; readonly mode: CacheMode }
  | { readonly type: 'local'; readonly path?: string; readonly mode: CacheMode };

export const networkModes = ['default', 'none', 'host'] as const;
export type NetworkMode = (typeof networkModes)[number];

/** Limits of a process, in the unit of `setrlimit`; -1 means unlimited. */
export interface Ulimit {
  readonly soft: number;
  readonly hard: number;
}

export const compressionTypes = ['gzip', 'zstd', 'estargz', 'uncompressed'] as const;

/** How layers are compressed (BuildKit, exporter attributes `compression`, `compression-level`, `force-compression`). */
export interface Compression {
  readonly type: (typeof compressionTypes)[number];
  readonly level?: number;
  /** Whether to recompress the layers of the base image too. */
  readonly force: boolean;
}

/** `build`: the proxy applies to build steps only. `persist`: the proxy is also set in the image's environment. */
export type ProxyMode = 'off' | 'build' | 'persist';

export const attestationModes = ['index', 'referrers', 'none'] as const;
/** Where provenance and SBOM are stored: in the image's index, as OCI referrers, or not at all. */
export type AttestationMode = (typeof attestationModes)[number];

export const provenanceModes = ['min', 'max', 'none'] as const;
/** Detail of the provenance (BuildKit, "Provenance attestation"). */
export type ProvenanceMode = (typeof provenanceModes)[number];

export const scannerNames = ['snyk', 'trivy', 'grype'] as const;
/** A scanner that `build` can run. */
export type ScannerName = (typeof scannerNames)[number];

/** How `build` chooses scanners, if they are not named. */
export const scanModes = ['auto', 'required', 'off'] as const;

/**
 * The scanners of the built images: named ones; `auto`: the first one that is available; `required`: as `auto`, but one
 * must be available.
 */
export type ScanConfig = (typeof scanModes)[number] | readonly ScannerName[];

/** Settings for the build of all images. */
export interface BuildConfig {
  /** The mode for images that do not set one. */
  readonly proxy: ProxyMode;
  /** The cache for images that do not set one. */
  readonly cache: CacheConfig;
  /** Upstream host, e.g. `docker.io` → the registry and prefix of its pull-through cache. */
  readonly pullThrough: ReadonlyMap<string, PrivateRegistry>;
  /** The timestamp of all files and of the image: the commit time, the build time, or seconds since 1970. */
  readonly sourceDateEpoch: 'commit' | 'now' | number;
  readonly attestations: AttestationMode;
  readonly provenance: ProvenanceMode;
  /** If undefined, no SBOM is created. Without `generator`, BuildKit's default generator is used. */
  readonly sbom?: { readonly generator?: string };
  /** Whether to reuse an image from the registry that has the same fingerprint. `maxAge` is in milliseconds. */
  readonly reuse?: { readonly maxAge: number };
  /** The scanners of the built images. */
  readonly scan: ScanConfig;
  /** Whether to load the images into Docker too, for tests in later steps, if a daemon responds. */
  readonly load: boolean;
}

/**
 * The default timestamp of every file in every layer. It is constant, so a new commit does not change a
 * layer. 1980-01-01 is the earliest date that zip archives can hold, which includes jars and wheels.
 */
const earliestZipTime = 315_532_800;

/** The defaults of the build settings. */
export const plainBuildConfig: BuildConfig = {
  proxy: 'build',
  cache: { type: 'none' },
  pullThrough: new Map(),
  sourceDateEpoch: earliestZipTime,
  attestations: 'referrers',
  provenance: 'min',
  scan: 'auto',
  load: false,
};

/** The defaults for the model's configuration forms. As in the model, every image is loaded into Docker. */
export const modelBuildConfig: BuildConfig = { ...plainBuildConfig, load: true };
