import { formatPlatform, formatRegistry } from '@towpath/reference';
import { join } from 'node:path/posix';
import { isDeepStrictEqual } from 'node:util';
import { Document, isMap } from 'yaml';
import { plainBuild, type CacheConfig, type NamedContext, type Ulimit } from './build-options.ts';
import type { Config, ImageConfig } from './config.ts';
import type { RegistrySource } from './registry-source.ts';
import { invalid } from './invalid.ts';
import { readTowpathYaml } from './towpath-yaml.ts';
import { parseYaml } from './yaml-file.ts';

/** The schema for editors. */
const head =
  '# yaml-language-server: $schema=https://raw.githubusercontent.com/towpath/towpath/v1/schemas/towpath.schema.json\n';

/**
 * Returns a `towpath.yaml` with the registry, the images and the environments of a configuration in another form. Images that
 * other images are built on become images, too.
 *
 * @throws CodedError `config-invalid` if a `towpath.yaml` cannot describe the images
 */
export function writeTowpathYaml({ registry, images, bases, environments }: Config): string {
  const all = [...bases, ...images];
  const document = new Document({
    ...(registry.kind !== 'caller' && { registry: describeRegistry(registry) }),
    images: Object.fromEntries(all.map((image) => [image.name, describeImage(image)])),
    environments: Object.fromEntries(environments.map(({ name, from }) => [name, { from: fromOf(from) }])),
    gate: { 'fail-on': 'critical' },
  });
  for (const key of ['environments', 'gate'] as const) {
    const node = document.get(key);
    const short = isMap(node) && key === 'environments' ? node.items.map(({ value }) => value) : [node];
    for (const one of short) if (isMap(one)) one.flow = true;
  }
  const text = `${head}${document.toString({ lineWidth: 100, flowCollectionPadding: true })}`;
  requireEqual(text, all);
  return text;
}

/** Compares the images with those that are read from the text. */
function requireEqual(text: string, images: readonly ImageConfig[]): void {
  const file = 'towpath.yaml';
  const yaml = parseYaml(file, text);
  if ('problems' in yaml) throw invalid(file, yaml.problems);
  const read = readTowpathYaml(yaml).images;
  const differing = images.filter((image, index) => !isDeepStrictEqual(plain(image), plain(read[index])));
  if (differing.length === 0) return;
  throw invalid(
    file,
    differing.map(({ name }) => ({
      code: 'config-invalid',
      message: `A towpath.yaml cannot describe the image ${name} completely.`,
      hint: 'Keep this file, and set the input config to it.',
    })),
  );
}

/** Returns a value without keys that are undefined, and with the entries of maps in one order. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) =>
      one instanceof Map ? [...(one as Map<string, unknown>)].sort() : one,
    ),
  );
}

function fromOf(from: readonly string[]): string | readonly string[] {
  return from.length === 1 ? (from[0] ?? '') : from;
}

function describeRegistry(source: Exclude<RegistrySource, { kind: 'caller' }>): string {
  return source.kind === 'parameter' ? `ssm:${source.name}` : formatRegistry(source.registry);
}

/** Returns the keys of an image that differ from the defaults. */
function describeImage(image: ImageConfig): object {
  const { dockerfile, context, platforms, contexts, secrets, ssh, noCache, network } = image;
  const { cache, compression, proxy, ulimits } = image;
  return withoutDefaults({
    context,
    dockerfile: dockerfile === join(context, 'Dockerfile') ? undefined : dockerfile,
    target: image.target,
    platforms: platforms.map(formatPlatform),
    repository: image.repository,
    args: Object.fromEntries(image.args),
    contexts: Object.fromEntries([...contexts].map(([name, one]) => [name, describeContext(one)])),
    secrets: Object.fromEntries(secrets),
    ssh: ssh.map(({ id, keys }) => (keys.length === 0 ? id : `${id}=${keys.join(',')}`)),
    labels: Object.fromEntries(image.labels),
    annotations: Object.fromEntries(image.annotations),
    cache: cache === undefined ? undefined : describeCache(cache),
    pull: image.pull || undefined,
    'no-cache': noCache === false ? undefined : noCache,
    network: network === plainBuild.network ? undefined : network,
    'add-hosts': Object.fromEntries(image.addHosts),
    'shm-size': image.shmSize,
    ulimits: Object.fromEntries([...ulimits].map(([name, limit]) => [name, describeLimit(limit)])),
    compression,
    proxy: proxy === undefined ? undefined : { off: 'off', build: 'on', persist: { persist: true } }[proxy],
    lambda: image.lambda,
  });
}

function withoutDefaults(keys: object): object {
  const isSet = (value: unknown) =>
    value !== undefined && (typeof value !== 'object' || value === null || Object.keys(value).length > 0);
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => isSet(value)));
}

function describeContext(context: NamedContext): string {
  switch (context.kind) {
    case 'folder':
      return context.path;
    case 'image':
      return `docker-image://${context.reference}`;
    case 'layout': {
      const { path, tag, digest } = context;
      return `oci-layout://${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
    }
    case 'target':
      return `target:${context.image}`;
    case 'remote':
      return context.url;
  }
}

function describeCache(cache: CacheConfig): string | object {
  return cache.type === 'none' ? 'none' : cache;
}

function describeLimit({ soft, hard }: Ulimit): number | object {
  return soft === hard ? soft : { soft, hard };
}
