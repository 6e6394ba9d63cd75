import { formatPlatform, type Platform } from '@towpath/reference';
import { cacheArguments, type LayerCache } from './cache.ts';
import { csv } from './csv.ts';

/** The options to build one image. Paths are absolute. */
export interface BuildRequest {
  /** The name of the image in the attestations. Without a name their statements have no subject. */
  readonly name: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  /** The platforms to build. Empty for the builder's platform. */
  readonly platforms: readonly Platform[];
  readonly args: ReadonlyMap<string, string>;
  /** Build args with values in the environment of buildx, so that the values are not on the command line. */
  readonly argNames: readonly string[];
  /** Named contexts in the format of `--build-context`, including replacements of base images. */
  readonly contexts: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, { readonly env: string } | { readonly file: string }>;
  readonly ssh: readonly { readonly id: string; readonly keys: readonly string[] }[];
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly cache?: LayerCache;
  readonly pull: boolean;
  /** Whether to build without cache, or the stages to build without cache. */
  readonly noCache: boolean | readonly string[];
  readonly network: 'default' | 'none' | 'host';
  readonly addHosts: ReadonlyMap<string, string>;
  /** The size of /dev/shm in bytes. */
  readonly shmSize?: number;
  readonly ulimits: ReadonlyMap<string, { readonly soft: number; readonly hard: number }>;
  readonly compression?: { readonly type: string; readonly level?: number; readonly force: boolean };
  readonly provenance: 'none' | 'min' | 'max';
  /** The URL of the run, for the provenance. */
  readonly run?: string;
  /** The SBOM to create, by BuildKit's generator unless another is given. Default: no SBOM. */
  readonly sbom?: { readonly generator?: string };
  /** The time of all files and of the image, in seconds since 1970. */
  readonly sourceDateEpoch: number;
  /** The folder for the OCI layout. */
  readonly output: string;
  readonly builder: string;
}

/**
 * Returns the arguments of `buildx build`. The image is written to an OCI layout, with all times set to
 * SOURCE_DATE_EPOCH so that equal files give equal layers. The arguments contain no values of secrets.
 */
export function buildArguments(request: BuildRequest): string[] {
  return [
    'build',
    `--builder=${request.builder}`,
    ...sources(request),
    ...steps(request),
    ...metadata(request),
    ...cacheArguments(request.cache, request.platforms),
    ...attestations(request),
    `--output=${output(request)}`,
    '--progress=rawjson',
    request.context,
  ];
}

function sources({ dockerfile, target, platforms, args, argNames, contexts, pull }: BuildRequest): string[] {
  return [
    `--file=${dockerfile}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...(platforms.length === 0 ? [] : [`--platform=${platforms.map(formatPlatform).join(',')}`]),
    ...[...args].map(([name, value]) => `--build-arg=${name}=${value}`),
    ...argNames.map((name) => `--build-arg=${name}`),
    ...[...contexts].map(([name, source]) => `--build-context=${name}=${source}`),
    ...(pull ? ['--pull'] : []),
  ];
}

function steps({ secrets, ssh, noCache, network, addHosts, shmSize, ulimits }: BuildRequest): string[] {
  const stages = typeof noCache === 'boolean' ? [] : noCache;
  return [
    ...[...secrets].map(([id, source]) =>
      'env' in source
        ? `--secret=${csv([`id=${id}`, 'type=env', `env=${source.env}`])}`
        : `--secret=${csv([`id=${id}`, 'type=file', `src=${source.file}`])}`,
    ),
    ...ssh.map(({ id, keys }) => `--ssh=${keys.length === 0 ? id : `${id}=${keys.join(',')}`}`),
    ...(noCache === true ? ['--no-cache'] : []),
    ...(stages.length === 0 ? [] : [`--no-cache-filter=${stages.join(',')}`]),
    ...(network === 'default' ? [] : [`--network=${network}`]),
    ...[...addHosts].map(([host, address]) => `--add-host=${host}=${address}`),
    ...(shmSize === undefined ? [] : [`--shm-size=${shmSize}`]),
    ...[...ulimits].map(([name, { soft, hard }]) => `--ulimit=${name}=${soft}:${hard}`),
  ];
}

/** Returns labels and annotations. Annotations go to the index, or to the manifest of a single-platform image. */
function metadata({ platforms, labels, annotations }: BuildRequest): string[] {
  const level = platforms.length > 1 ? 'index' : 'manifest';
  return [
    ...[...labels].map(([name, value]) => `--label=${name}=${value}`),
    ...[...annotations].map(([name, value]) => `--annotation=${level}:${name}=${value}`),
  ];
}

function attestations({ provenance, run, sbom }: BuildRequest): string[] {
  return [
    provenance === 'none'
      ? '--provenance=false'
      : `--attest=${csv(['type=provenance', `mode=${provenance}`, 'version=v1', ...(run === undefined ? [] : [`builder-id=${run}`])])}`,
    sbom === undefined
      ? '--sbom=false'
      : `--attest=${csv(['type=sbom', ...(sbom.generator === undefined ? [] : [`generator=${sbom.generator}`])])}`,
  ];
}

function output({ name, compression, output: folder }: BuildRequest): string {
  return csv([
    'type=oci',
    'tar=false',
    'rewrite-timestamp=true',
    `name=${name}`,
    ...(compression === undefined ? [] : [`compression=${compression.type}`]),
    ...(compression?.level === undefined ? [] : [`compression-level=${compression.level}`]),
    ...(compression?.force === true ? ['force-compression=true'] : []),
    `dest=${folder}`,
  ]);
}
