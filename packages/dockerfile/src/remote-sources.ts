import { globalsOf, type BuildOptions, type Globals } from './base-images.ts';
import { expand } from './expand.ts';
import { flagValues, readDockerfile, type Instruction } from './instructions.ts';
import { isAtCommit, remoteKind } from './remote-address.ts';
import { StageVariables, type Expanded } from './stage-variables.ts';
import { readStages, type StagedDockerfile } from './stages.ts';

/**
 * The sources that a Dockerfile adds from elsewhere and that may change under the same name: an address without a
 * checksum, a Git repository without a commit. Variables are filled in first, by BuildKit's rules. A source counts too
 * if its variables may hold an address: the value may come from the environment of the base image.
 *
 * @returns each once, with its variables as far as they are known
 */
export function remoteSources(text: string, options: BuildOptions): readonly string[] {
  const dockerfile = readStages(text);
  const found = globalsOf(dockerfile, options).flatMap((globals) =>
    sourcesIn(dockerfile, options.args, globals),
  );
  return [...new Set(found)];
}

function sourcesIn(
  { stages, escape }: StagedDockerfile,
  args: ReadonlyMap<string, string>,
  globals: Globals,
): readonly string[] {
  const surroundings = { args, globals, escape };
  const byName = new Map<string, StageVariables>();
  const found: string[] = [];
  for (const { name, base, instructions } of stages) {
    const from = expand(base, (one) => globals.get(one), escape).toLowerCase();
    const variables = new StageVariables(
      surroundings,
      byName.get(from) ?? (from === 'scratch' ? 'scratch' : 'image'),
    );
    for (const instruction of instructions) {
      variables.take(instruction);
      found.push(...sourcesOfAdd(instruction, (word) => variables.expand(word)));
      const trigger = triggerOf(instruction, escape);
      // It runs in a stage that starts from this one, with variables that may be others.
      if (trigger !== undefined) found.push(...sourcesOfAdd(trigger, (word) => unexpanded(word, escape)));
    }
    if (name !== undefined) byName.set(name, variables);
  }
  return found;
}

/** The instruction of an `ONBUILD`. */
function triggerOf({ keyword, source }: Instruction, escape: string): Instruction | undefined {
  if (keyword !== 'ONBUILD') return undefined;
  const trigger = source.replace(/^\s*ONBUILD\s/i, '');
  return readDockerfile(`# escape=${escape}\n${trigger}`).instructions[0];
}

function unexpanded(word: string, escape: string): Expanded {
  return { text: expand(word, () => undefined, escape), isUncertain: word.includes('$') };
}

function sourcesOfAdd(add: Instruction, fill: (word: string) => Expanded): readonly string[] {
  if (add.keyword !== 'ADD') return [];
  const checksums = flagValues(add, 'checksum').map(fill);
  // The last one is the destination.
  return argumentsOf(add)
    .slice(0, -1)
    .flatMap((word) => {
      const source = fill(word);
      if (source.isUncertain) return mayBeAddress(word) ? [word] : [];
      return isMoving(source.text, checksums) ? [source.text] : [];
    });
}

/** The arguments of an instruction, which may be a list in JSON. */
function argumentsOf({ words }: Instruction): readonly string[] {
  const texts = words.map(({ text }) => text);
  if (texts[0]?.startsWith('[') === true) {
    try {
      const list: unknown = JSON.parse(texts.join(' '));
      if (Array.isArray(list) && list.every((one) => typeof one === 'string')) return list;
    } catch {
      // BuildKit takes it for words, too.
    }
  }
  return texts;
}

function isMoving(source: string, checksums: readonly Expanded[]): boolean {
  const kind = remoteKind(source);
  if (kind === undefined || (kind === 'git' && isAtCommit(source))) return false;
  const valid = kind === 'git' ? /^[0-9a-f]{40}$/ : /^sha256:[0-9a-f]{64}$/;
  const checksum = checksums.at(-1);
  return checksum === undefined || checksum.isUncertain || !valid.test(checksum.text);
}

/** Whether some value of its variables makes a word an address: a path before the first variable rules it out. */
function mayBeAddress(word: string): boolean {
  const [before = ''] = word.replace(/^["']/, '').split('$', 1);
  const isPath = before.startsWith('.') || (before.includes('/') && !/^[\w.-]+(?:@[\w.-]+)?:/.test(before));
  return !isPath;
}
