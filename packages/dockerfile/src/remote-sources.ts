import { globalsOf, type BuildOptions, type Globals } from './base-images.ts';
import { expand } from './expand.ts';
import { flagValues, readDockerfile, type Instruction } from './instructions.ts';
import { isAtCommit, remoteKind } from './remote-address.ts';
import { StageVariables, type Expanded } from './stage-variables.ts';
import { readStages, type StagedDockerfile } from './stages.ts';

/**
 * Returns the remote sources of `ADD` with content that can change: addresses without a checksum and Git repositories
 * without a commit. Expands variables first, by BuildKit's rules. If the base image may set a variable, any word with
 * it counts unless it can only be a path.
 *
 * @returns each source once, with its known variables expanded
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
  const scope = { args, globals, escape };
  const byName = new Map<string, StageVariables>();
  const found: string[] = [];
  for (const { name, base, instructions } of stages) {
    const from = expand(base, (one) => globals.get(one), escape).toLowerCase();
    const variables = new StageVariables(
      scope,
      byName.get(from) ?? (from === 'scratch' ? 'scratch' : 'image'),
    );
    for (const instruction of instructions) {
      variables.take(instruction);
      found.push(...sourcesOfAdd(instruction, (word) => variables.expand(word)));
      const trigger = triggerOf(instruction, escape);
      // The trigger runs in another stage based on this one, with variables of its own.
      if (trigger !== undefined) found.push(...sourcesOfAdd(trigger, (word) => unexpanded(word, escape)));
    }
    if (name !== undefined) byName.set(name, variables);
  }
  return found;
}

/** Parses the instruction of an `ONBUILD`. */
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
      return isMutable(source.text, checksums) ? [source.text] : [];
    });
}

/** Returns the arguments of an instruction, which may be a JSON list. */
function argumentsOf({ words }: Instruction): readonly string[] {
  const texts = words.map(({ text }) => text);
  if (texts[0]?.startsWith('[') === true) {
    try {
      const list: unknown = JSON.parse(texts.join(' '));
      if (Array.isArray(list) && list.every((one) => typeof one === 'string')) return list;
    } catch {
      // BuildKit falls back to words, too.
    }
  }
  return texts;
}

function isMutable(source: string, checksums: readonly Expanded[]): boolean {
  const kind = remoteKind(source);
  if (kind === undefined || (kind === 'git' && isAtCommit(source))) return false;
  const valid = kind === 'git' ? /^[0-9a-f]{40}$/ : /^sha256:[0-9a-f]{64}$/;
  const checksum = checksums.at(-1);
  return checksum === undefined || checksum.isUncertain || !valid.test(checksum.text);
}

/** Whether a word can become an address once its variables are set. A path before the first variable rules that out. */
function mayBeAddress(word: string): boolean {
  const [before = ''] = word.replace(/^["']/, '').split('$', 1);
  const isPath = before.startsWith('.') || (before.includes('/') && !/^[\w.-]+(?:@[\w.-]+)?:/.test(before));
  return !isPath;
}
