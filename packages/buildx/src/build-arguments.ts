import { formatPlatform, type Platform } from '@towpath/reference';

/** One image to build, as buildx is told. Paths are absolute. */
export interface BuildRequest {
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  /** Empty: the platform of the builder. */
  readonly platforms: readonly Platform[];
  readonly args: ReadonlyMap<string, string>;
  /** Build args whose values buildx takes from its environment, so that they are on no command line. */
  readonly argNames: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** What stands for the images that a Dockerfile names: image → another reference. */
  readonly substitutes: ReadonlyMap<string, string>;
  /** The folder that the OCI layout is written to. */
  readonly output: string;
  /** Where buildx writes the digest. */
  readonly builder: string;
}

/**
 * The arguments of `buildx build`. The image goes into an OCI layout, without attestations, so that its digest is
 * that of what ships, and with all times set to SOURCE_DATE_EPOCH, so that equal files give equal layers.
 */
export function buildArguments(request: BuildRequest): string[] {
  const {
    context,
    dockerfile,
    target,
    platforms,
    args,
    argNames,
    labels,
    annotations,
    substitutes,
    output,
    builder,
  } = request;
  const level = platforms.length > 1 ? 'index' : 'manifest';
  return [
    'build',
    `--builder=${builder}`,
    `--file=${dockerfile}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...(platforms.length === 0 ? [] : [`--platform=${platforms.map(formatPlatform).join(',')}`]),
    ...[...args].map(([name, value]) => `--build-arg=${name}=${value}`),
    ...argNames.map((name) => `--build-arg=${name}`),
    ...[...labels].map(([name, value]) => `--label=${name}=${value}`),
    ...[...annotations].map(([name, value]) => `--annotation=${level}:${name}=${value}`),
    ...[...substitutes].map(([image, reference]) => `--build-context=${image}=docker-image://${reference}`),
    '--provenance=false',
    '--sbom=false',
    `--output=${csv(['type=oci', 'tar=false', 'rewrite-timestamp=true', `dest=${output}`])}`,
    '--progress=rawjson',
    context,
  ];
}

/** Fields as buildx reads them: comma-separated values with quotes where a field holds a comma or a quote. */
function csv(fields: readonly string[]): string {
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}
