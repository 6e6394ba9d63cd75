import { CodedError, type Problem } from '@towpath/errors';
import { join } from 'node:path/posix';
import type * as z from 'zod';
import type { BakeCall } from './bake-files.ts';
import { below, printed, splitAt, target, type Printed, type Target } from './bake-output.ts';
import { ecrRepositories, tagProblems } from './bake-tags.ts';
import type { Config, ImageConfig } from './config.ts';
import type { RegistrySource } from './registry-source.ts';
import { imagesAlone } from './defaults.ts';
import { invalid } from './invalid.ts';
import { imageNames } from './schema.ts';
import { image } from './image-schema.ts';
import { readImage } from './towpath-yaml.ts';
import { validate } from './validate.ts';

/**
 * Runs `buildx bake --print` with these files. Returns the JSON and the messages of buildx, or its error
 * message.
 */
export type BakePrinter = (
  call: BakeCall,
) => Promise<{ readonly json: string; readonly said?: string } | { readonly complaint: string }>;

/**
 * Keys of a target that are ignored without a notice. For example, Towpath grants `network.host` to every
 * image that needs it.
 */
const needless = ['description', 'entitlements', 'group'];

/**
 * Reads the images from a `docker-bake.hcl`, a `docker-bake.json` or a `compose.yaml`, as buildx reads it.
 * The targets of the group `default` become the images. If their tags point at ECR, the repository names come
 * from the tags.
 *
 * @param file the name to use in messages
 * @throws CodedError `config-invalid` that lists every problem, by target
 */
export async function readBakeFile(file: string, call: BakeCall, print: BakePrinter): Promise<Config> {
  const answer = await print(call);
  if ('complaint' in answer) throw invalid(file, [complaint(file, answer.complaint)]);
  const read = readPrinted(file, answer.json);
  const wanted = defaultTargets(read);
  const tagged = Object.entries(read.target).map(([name, { tags }]) => [name, tags] as const);
  const unset = unsetVariables(answer.said ?? '');
  const all = readTargets(file, call.folder, read, tagProblems(file, tagged, unset));
  const images = all.filter(({ name }) => wanted.has(name));
  if (images.length === 0) throw invalid(file, [nothing(file)]);
  return {
    ...imagesAlone(file, images),
    registry: registryOf(Object.values(read.target)),
    bases: all.filter(({ name }) => !wanted.has(name)),
    notices: [...leftOut(file, read), ...unset.map((name) => unsetNotice(file, name))],
  };
}

function readPrinted(file: string, json: string): Printed {
  const yaml = { file, value: undefined, positionOf: () => ({ file }) };
  try {
    return validate(printed, JSON.parse(json), yaml);
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('config-invalid', `buildx printed no JSON for ${file}.`, {
      hint: 'Run docker buildx bake --print in the root of the repository, and update buildx.',
      cause,
    });
  }
}

/** `The "TAG" variable is not set. Defaulting to a blank string.` (compose-go) */
function unsetVariables(said: string): readonly string[] {
  const found = said.matchAll(/The \\?"(?<name>\w{1,200})\\?" variable is not set/g);
  return [...new Set(Array.from(found, ({ groups }) => groups?.name ?? ''))];
}

function unsetNotice(file: string, name: string): string {
  return `${file}: the variable ${name} is not set, so it is empty. Set it, or give it a default: \${${name}:-value}.`;
}

function nothing(file: string): Problem {
  const isCompose = /\.ya?ml$/.test(file);
  return {
    code: 'config-invalid',
    message: isCompose
      ? `${file} builds nothing: none of its services has the key build.`
      : `${file} builds nothing: its group default has no targets.`,
    hint: isCompose
      ? 'Add the key to each service to build, for example build: ./web, or name another file with the input config.'
      : 'List the targets to build: group "default" { targets = ["web"] }.',
    position: { file },
  };
}

/** Returns the targets of the group `default`. Groups may contain groups and may form cycles. */
function defaultTargets({ group, target: all }: Printed): ReadonlySet<string> {
  const targets = new Set<string>();
  const visited = new Set(['default']);
  // The loop also visits names that are added while it runs.
  for (const name of visited) {
    const members = Object.hasOwn(group, name) ? group[name]?.targets : undefined;
    if (members === undefined) targets.add(name);
    for (const member of members ?? []) {
      if (visited.has(member) && Object.hasOwn(all, member)) targets.add(member);
      visited.add(member);
    }
  }
  return targets;
}

function readTargets(
  file: string,
  folder: string,
  { target: targets }: Printed,
  others: readonly Problem[],
): readonly ImageConfig[] {
  const images: ImageConfig[] = [];
  const problems: Problem[] = [];
  const collect = (read: () => void) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      problems.push(...error.problems);
    }
  };
  for (const [name, one] of Object.entries(targets)) {
    const yaml = { file, value: one, positionOf: () => ({ file }) };
    collect(() => {
      validate(imageNames, name, yaml, ['target', name]);
    });
    collect(() => {
      if (one['dockerfile-inline'] !== undefined) throw invalid(file, [inline(file, name)]);
      images.push(readImage(name, validate(image, asWritten(below(folder, one)), yaml, ['target', name])));
    });
  }
  if (problems.length + others.length > 0) throw invalid(file, [...problems, ...others]);
  return images;
}

function inline(file: string, name: string): Problem {
  return {
    code: 'config-invalid',
    message: `target.${name} has its Dockerfile inline.`,
    hint: 'Write the bake file to the repository and name its path.',
    position: { file },
  };
}

/** Returns the target in the form of an image in towpath.yaml. */
function asWritten(one: Target): z.input<typeof image> {
  const { context, dockerfile, contexts, network, ...rest } = one;
  // In buildx, `local` is the platform of the builder, which is the default.
  const isLocal = rest.platforms.every((platform) => platform === 'local');
  return {
    context,
    dockerfile: dockerfile.startsWith('/') ? dockerfile : join(context, dockerfile),
    target: rest.target,
    platforms: isLocal ? undefined : rest.platforms,
    repository: ecrRepositories(rest.tags)[0]?.repository,
    args: withoutNulls(rest.args),
    contexts,
    secrets: Object.fromEntries(
      rest.secret.map(({ id, env, src }) => [id, src === undefined ? { env: env ?? id } : { file: src }]),
    ),
    ssh: orUndefined(rest.ssh)?.map(({ id, paths }) =>
      paths.length === 0 ? id : `${id}=${paths.join(',')}`,
    ),
    labels: withoutNulls(rest.labels),
    annotations: Object.fromEntries(rest.annotations.map(annotation)),
    pull: rest.pull,
    'no-cache': rest['no-cache'] === true || orUndefined(rest['no-cache-filter']),
    network: network as z.input<typeof image>['network'],
    'add-hosts': rest['extra-hosts'],
    'shm-size': rest['shm-size'],
    ulimits: Object.fromEntries(rest.ulimits.map((text) => splitAt(text, '='))),
  };
}

function orUndefined<T>(list: readonly T[]): T[] | undefined {
  return list.length === 0 ? undefined : [...list];
}

/** Parses `index,manifest:key=value`. The level is ignored: it depends on the kind of image that is built. */
function annotation(text: string): [string, string] {
  return splitAt(text.replace(/^(?:(?:index|manifest)(?:-descriptor)?(?:\[[^\]]*\])?,?)+:/, ''), '=');
}

function withoutNulls(map: Readonly<Record<string, string | null>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
}

/** Returns the ECR registry of the targets' tags. Without one, it is the caller's registry. */
function registryOf(targets: readonly Target[]): RegistrySource {
  const [first] = targets.flatMap(({ tags }) => ecrRepositories(tags));
  return first === undefined ? { kind: 'caller' } : { kind: 'literal', registry: first.registry };
}

/** Returns a notice about keys that Towpath replaces with its own: tags, outputs, caches and attestations. */
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
  return [
    `${file} also sets ${[...keys].sort().join(', ')}. Towpath ignores these keys, because it has its own settings for them.`,
  ];
}

/** Returns whether buildx added this value itself, to a target that other targets use as a base. */
function isCacheOnly(key: string, value: unknown): boolean {
  return key === 'output' && JSON.stringify(value) === '[{"type":"cacheonly"}]';
}

/** Parses the last error of buildx, up to the end of its output: `ERROR: docker-bake.hcl:3,39-4,1: Invalid …`. */
function complaint(file: string, said: string): Problem {
  const [last = ''] = /ERROR: .*/s.exec(said) ?? [];
  const { position, message = '' } =
    /^ERROR: (?:(?<position>[^\s:]+:\d+,\d+)(?!\d)\S*: )?(?<message>.*)$/s.exec(last)?.groups ?? {};
  const { line, column } = /:(?<line>\d+),(?<column>\d+)$/.exec(position ?? '')?.groups ?? {};
  const lines = message.split('\n').map((one) => one.trim());
  const reason = lines
    .filter((one) => one !== '')
    .join(' ')
    .replace(/\.$/, '');
  return {
    code: 'config-invalid',
    message: `buildx cannot read the file: ${reason === '' ? 'it printed no reason' : reason}.`,
    hint: 'docker buildx bake --print must work in the root of the repository, with all files and variables that it needs.',
    position: line === undefined ? { file } : { file, line: Number(line), column: Number(column) },
  };
}
