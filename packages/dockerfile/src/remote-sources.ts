import { globalsOf, type BuildOptions, type Globals } from './base-images.ts';
import { argumentsOf } from './exec-form.ts';
import { flagValues, type Instruction } from './instructions.ts';
import { neededStages } from './needed-stages.ts';
import { isAtCommit, isCommit, remoteKind, type RemoteKind } from './remote-address.ts';
import { StageVariables, type Expanded } from './stage-variables.ts';
import { readStages, type Stage, type StagedDockerfile } from './stages.ts';

/**
 * Returns the remote sources of `ADD` with content that can change: addresses without a checksum and Git repositories
 * without a commit. Looks at the stages that the target needs, with what `ONBUILD` of another stage adds to them.
 * Expands variables first, by BuildKit's rules. If the base image may set a variable, any word with it counts unless
 * it can only be a path.
 *
 * @returns each source once, with its known variables expanded
 * @throws CodedError `dockerfile-invalid` if expansion exceeds a limit
 */
export function remoteSources(text: string, options: BuildOptions): readonly string[] {
  const dockerfile = readStages(text);
  const found = globalsOf(dockerfile, options).flatMap((globals) => sourcesIn(dockerfile, options, globals));
  return [...new Set(found)];
}

function sourcesIn(
  dockerfile: StagedDockerfile,
  { args, target, contexts }: BuildOptions,
  globals: Globals,
): readonly string[] {
  const scope = { args, globals, escape: dockerfile.escape, copied: 0 };
  const known = new Map<Stage, StageVariables>();
  const found: string[] = [];
  for (const one of neededStages(dockerfile, { globals, target, contexts })) {
    const { stage, parent, image, isReplaced, instructions } = one;
    const isImage = image !== undefined || isReplaced;
    const inherited = parent === undefined ? undefined : known.get(parent);
    const variables = new StageVariables(scope, inherited ?? (isImage ? 'image' : 'scratch'));
    known.set(stage, variables);
    for (const instruction of instructions) {
      variables.take(instruction);
      found.push(...sourcesOfAdd(instruction, (word) => variables.expand(word)));
    }
  }
  return found;
}

function sourcesOfAdd(add: Instruction, fill: (word: string) => Expanded): readonly string[] {
  if (add.keyword !== 'ADD') return [];
  const checksums = flagValues(add, 'checksum').map(fill);
  // The last one is the destination.
  return argumentsOf(add)
    .slice(0, -1)
    .flatMap((word) => {
      const source = fill(word);
      if (!source.isUncertain) return isMutable(source.text, checksums) ? [source.text] : [];
      // BuildKit takes a checksum for one remote source only, of the kind that the checksum is for.
      const isFixed = isChecksum(checksums, 'http') || isChecksum(checksums, 'git');
      return mayBeAddress(word) && !isFixed ? [word] : [];
    });
}

function isMutable(source: string, checksums: readonly Expanded[]): boolean {
  const kind = remoteKind(source);
  if (kind === undefined || (kind === 'git' && isAtCommit(source))) return false;
  return !isChecksum(checksums, kind);
}

/** Whether a checksum fixes the content: the sha256 digest of a file, or a full commit. */
function isChecksum(checksums: readonly Expanded[], kind: RemoteKind): boolean {
  const checksum = checksums.at(-1);
  if (checksum === undefined || checksum.isUncertain) return false;
  return kind === 'git' ? isCommit(checksum.text) : /^sha256:[0-9a-f]{64}$/.test(checksum.text);
}

/** Whether a word can become an address once its variables are set. A path before the first variable rules that out. */
function mayBeAddress(word: string): boolean {
  const [before = ''] = word.replace(/^["']/, '').split('$', 1);
  const isPath = before.startsWith('.') || (before.includes('/') && !/^[\w.-]+(?:@[\w.-]+)?:/.test(before));
  return !isPath;
}
