import { formatPlatform, type Platform } from '@towpath/reference';
import { cacheArguments, type LayerCache } from './cache.ts';
import { csv } from './csv.ts';

/** One image to build, as buildx is told. Paths are absolute. */
export interface BuildRequest {
  /** What the attestations call the image: their statements have no subject without a name. */
  readonly name: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  /** Empty: the platform of the builder. */
  readonly platforms: readonly Platform[];
  readonly args: ReadonlyMap<string, string>;
  /** Build args whose values buildx takes from its environment, so that they are on no command line. */
  readonly argNames: readonly string[];
  /** Named contexts, as `--build-context` takes them. What stands for the images of a Dockerfile is among them. */
  readonly contexts: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, { readonly env: string } | { readonly file: string }>;
  readonly ssh: readonly { readonly id: string; readonly keys: readonly string[] }[];
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly cache?: LayerCache;
  readonly pull: boolean;
  /** Nothing is taken from the cache, or not these stages. */
  readonly noCache: boolean | readonly string[];
  readonly network: 'default' | 'none' | 'host';
  readonly addHosts: ReadonlyMap<string, string>;
  /** Bytes. */
  readonly shmSize?: number;
  readonly ulimits: ReadonlyMap<string, { readonly soft: number; readonly hard: number }>;
  readonly compression?: { readonly type: string; readonly level?: number; readonly force: boolean };
  readonly provenance: 'none' | 'min' | 'max';
  /** The page of the run that builds, for the provenance to name. */
  readonly run?: string;
  /** Undefined: none is made. Without a generator: BuildKit's own. */
  readonly sbom?: { readonly generator?: string };
  /** Seconds since 1970: the time of every file and of the image. */
  readonly sourceDateEpoch: number;
  /** The folder that the OCI layout is written to. */
  readonly output: string;
  readonly builder: string;
}

/**
 * The arguments of `buildx build`. The image goes into an OCI layout, with all times set to SOURCE_DATE_EPOCH, so
 * that equal files give equal layers. No value of a secret is among them.
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

/** What is built from what. */
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

/** What the steps of the build can use. */
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

/** An index has annotations of its own; those of a single-platform image stand in its manifest. */
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
