import { CodedError, type Problem } from '@towpath/errors';
import { parseReference, parseRegistry } from '@towpath/reference';
import { basename, join } from 'node:path/posix';
import * as z from 'zod';
import type { Config, ImageConfig, RegistrySource } from './config.ts';
import { imagesAlone } from './defaults.ts';
import { invalid } from './invalid.ts';
import { imageNames } from './schema.ts';
import { image } from './image-schema.ts';
import { readImage } from './towpath-yaml.ts';
import { validate } from './validate.ts';

/** Runs `buildx bake --file FILE --print` in the workspace: what it printed, or what it complained of. */
export type BakePrinter = (
  file: string,
) => Promise<{ readonly json: string } | { readonly complaint: string }>;

/** As buildx prints a target (buildx, `bake.Target`): what Towpath takes of it, under the keys of its own schema. */
const target = z.looseObject({
  context: z.string().default('.'),
  dockerfile: z.string().default('Dockerfile'),
  'dockerfile-inline': z.string().optional(),
  contexts: z.record(z.string(), z.string()).optional(),
  args: z.record(z.string(), z.string().nullable()).optional(),
  labels: z.record(z.string(), z.string().nullable()).optional(),
  annotations: z.array(z.string()).optional(),
  tags: z.array(z.string()).default([]),
  target: z.string().optional(),
  secret: z
    .array(z.looseObject({ id: z.string(), env: z.string().optional(), src: z.string().optional() }))
    .optional(),
  ssh: z.array(z.looseObject({ id: z.string(), paths: z.array(z.string()).optional() })).optional(),
  platforms: z.array(z.string()).optional(),
  pull: z.boolean().optional(),
  'no-cache': z.boolean().optional(),
  'no-cache-filter': z.array(z.string()).optional(),
  network: z.string().optional(),
  'extra-hosts': z.record(z.string(), z.string()).optional(),
  'shm-size': z.string().optional(),
  ulimits: z.array(z.string()).optional(),
});
type Target = z.output<typeof target>;

const printed = z.object({
  group: z.record(z.string(), z.object({ targets: z.array(z.string()) })),
  target: z.record(z.string(), target),
});
type Printed = z.output<typeof printed>;

/** What a target says beside all that, and nobody misses: `network.host` is granted to who asks for it. */
const needless = ['description', 'entitlements', 'group'];

const bakeFile = /\.hcl$|(?:^|\/)docker-bake[^/]*\.json$|(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/;

/** Whether a file is one that buildx reads, by its name. */
export function isBakeFile(file: string): boolean {
  return bakeFile.test(file);
}

/**
 * The configuration that a `docker-bake.hcl`, a `docker-bake.json` or a `compose.yaml` means, as buildx reads it: the
 * targets of the group `default` are images. Their tags tell the repository, where it is one of ECR.
 *
 * @throws CodedError `config-invalid` that lists every problem, by target
 */
export async function readBakeFile(file: string, print: BakePrinter): Promise<Config> {
  const answer = await print(file);
  if ('complaint' in answer) throw invalid(file, [complaint(file, answer.complaint)]);
  const read = printed.parse(JSON.parse(answer.json));
  const wanted = new Set(defaultTargets(read));
  const all = readTargets(file, read);
  return {
    ...imagesAlone(
      file,
      all.filter(({ name }) => wanted.has(name)),
    ),
    registry: registryOf(Object.values(read.target)),
    bases: all.filter(({ name }) => !wanted.has(name)),
    remarks: leftOut(file, read),
  };
}

/** Groups may hold groups. */
function defaultTargets(
  { group }: Printed,
  name = 'default',
  seen: readonly string[] = [],
): readonly string[] {
  const targets = group[name]?.targets;
  if (targets === undefined || seen.includes(name)) return [name];
  return targets.flatMap((one) => defaultTargets({ group, target: {} }, one, [...seen, name]));
}

function readTargets(file: string, { target: targets }: Printed): readonly ImageConfig[] {
  const images: ImageConfig[] = [];
  const problems: Problem[] = [];
  for (const [name, one] of Object.entries(targets)) {
    const yaml = { file, value: one, placeOf: () => ({ file }) };
    try {
      validate(imageNames, name, yaml, ['target', name]);
      if (one['dockerfile-inline'] !== undefined) throw invalid(file, [inline(file, name)]);
      images.push(readImage(name, validate(image, asWritten(one), yaml, ['target', name])));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw invalid(file, problems);
  return images;
}

function inline(file: string, name: string): Problem {
  return {
    code: 'config-invalid',
    message: `target.${name} has its Dockerfile inline.`,
    hint: 'Write it into a file: what is built is told by its path.',
    place: { file },
  };
}

/** A target as it would stand in towpath.yaml. */
function asWritten(one: Target): z.input<typeof image> {
  const { context, dockerfile, contexts, platforms, pull, network, ...rest } = one;
  return {
    context,
    dockerfile: dockerfile.startsWith('/') ? dockerfile : join(context, dockerfile),
    target: rest.target,
    platforms,
    repository: repositoryOf(rest.tags),
    args: withoutNulls(rest.args),
    contexts,
    secrets:
      rest.secret && Object.fromEntries(rest.secret.map(({ id, env, src }) => [id, secretOf(id, env, src)])),
    ssh: rest.ssh?.map(({ id, paths = [] }) => (paths.length === 0 ? id : `${id}=${paths.join(',')}`)),
    labels: withoutNulls(rest.labels),
    annotations: rest.annotations && Object.fromEntries(rest.annotations.map(annotation)),
    pull,
    'no-cache': rest['no-cache'] === true || rest['no-cache-filter'],
    network: network as z.input<typeof image>['network'],
    'add-hosts': rest['extra-hosts'],
    'shm-size': rest['shm-size'],
    ulimits: rest.ulimits && Object.fromEntries(rest.ulimits.map((text) => splitAt(text, '='))),
  };
}

function secretOf(
  id: string,
  env: string | undefined,
  src: string | undefined,
): { env: string } | { file: string } {
  return src === undefined ? { env: env ?? id } : { file: src };
}

/** `index,manifest:key=value`: at which level an annotation stands is told by the image, not by who builds it. */
function annotation(text: string): [string, string] {
  return splitAt(text.replace(/^(?:(?:index|manifest)(?:-descriptor)?(?:\[[^\]]*\])?,?)+:/, ''), '=');
}

function splitAt(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function withoutNulls(map: Readonly<Record<string, string | null>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
}

function repositoryOf(tags: readonly string[]): string | undefined {
  return ecrTags(tags)[0]?.repository;
}

/** The registry that all tags are of, if there is one. */
function registryOf(targets: readonly Target[]): RegistrySource {
  const hosts = new Set(targets.flatMap(({ tags }) => ecrTags(tags).map(({ host }) => host)));
  const [host = ''] = hosts;
  const registry = hosts.size === 1 ? parseRegistry(host) : undefined;
  return registry === undefined ? { kind: 'caller' } : { kind: 'literal', registry };
}

function ecrTags(tags: readonly string[]) {
  return tags.flatMap((tag) => {
    const reference = parseReference(tag);
    return reference === undefined || parseRegistry(reference.host) === undefined ? [] : [reference];
  });
}

/** What targets say that Towpath has its own for: tags, outputs, caches, attestations. */
function leftOut(file: string, { target: targets }: Printed): readonly string[] {
  const known = [...Object.keys(target.shape), ...needless].filter((key) => key !== 'tags');
  const keys = new Set(
    Object.values(targets).flatMap((one) =>
      Object.entries(one).flatMap(([key, value]) =>
        known.includes(key) || (key === 'tags' && one.tags.length === 0) || isCacheOnly(key, value)
          ? []
          : [key],
      ),
    ),
  );
  if (keys.size === 0) return [];
  return [`${file} also says ${[...keys].sort().join(', ')}: that is not taken over, Towpath has its own.`];
}

/** What buildx writes of its own into targets that others are built upon. */
function isCacheOnly(key: string, value: unknown): boolean {
  return key === 'output' && JSON.stringify(value) === '[{"type":"cacheonly"}]';
}

/** `ERROR: docker-bake.hcl:3,39-4,1: Invalid …`, the last of what buildx says, to its end. */
function complaint(file: string, said: string): Problem {
  const [last = ''] = /ERROR: .*/s.exec(said) ?? [];
  const { place, message = '' } =
    /^ERROR: (?:(?<place>[^\s:]+:\d+,\d+)\S*: )?(?<message>.*)$/s.exec(last)?.groups ?? {};
  const { line, column } = /:(?<line>\d+),(?<column>\d+)$/.exec(place ?? '')?.groups ?? {};
  const reason = message
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  return {
    code: 'config-invalid',
    message: `buildx cannot read ${basename(file)}: ${reason === '' ? 'it does not say why' : reason}.`,
    hint: 'docker buildx bake --print must work in the root of the repository, with the files and variables that it asks for.',
    place: line === undefined ? { file } : { file, line: Number(line), column: Number(column) },
  };
}
