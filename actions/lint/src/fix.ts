import type { Config } from '@towpath/config';
import { applyEdits } from '@towpath/dockerfile-rules';
import type { Annotation } from '@towpath/flow';
import { checkSubjects, type CheckedFile, type LintSubject } from '@towpath/lint';
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** A Dockerfile with its mechanical fixes. */
export interface FixedFile {
  /** Relative to the workspace. */
  readonly file: string;
  /** The sha256 of the text that was checked. */
  readonly before: string;
  readonly text: string;
  /** The findings that are gone. */
  readonly fixes: number;
}

interface Fixes {
  readonly files: readonly CheckedFile[];
  readonly fixed: readonly FixedFile[];
  readonly notes: readonly Annotation[];
}

/** One fix can make room for another. */
const maxRounds = 5;

/** Fixes Dockerfiles in memory, and checks them again. Leaves out those behind a symbolic link, and those not in UTF-8. */
export async function fixFiles(
  files: readonly CheckedFile[],
  subjects: readonly LintSubject[],
  config: Config,
  workspace: string,
): Promise<Fixes> {
  const root = await realpath(workspace);
  const results: CheckedFile[] = [];
  const fixed: FixedFile[] = [];
  const notes: Annotation[] = [];
  for (const checked of files) {
    const { file, text, edits, findings } = checked;
    const obstacle = edits.length === 0 ? undefined : await obstacleTo(checked, workspace, root);
    if (obstacle !== undefined)
      notes.push({
        level: 'warning',
        message: `${file} is not fixed, because ${obstacle}`,
        position: { file },
      });
    const result = obstacle === undefined ? fixUntilDone(checked, subjects, config) : checked;
    results.push(result);
    if (result.text !== text)
      fixed.push({
        file,
        before: sha256(text),
        text: result.text,
        fixes: Math.max(1, findings.length - result.findings.length),
      });
  }
  return { files: results, fixed, notes };
}

/** Returns why a file must not be written, and what to do. */
async function obstacleTo(
  { file, text }: CheckedFile,
  workspace: string,
  root: string,
): Promise<string | undefined> {
  if ((await realpath(join(workspace, file))) !== join(root, file))
    return 'it is behind a symbolic link. Run lint on the file that the link leads to.';
  // Bytes that are not UTF-8 were read as this character, and would be written as it.
  return text.includes('\uFFFD') ? 'it is not in UTF-8. Save it as UTF-8.' : undefined;
}

/** Applies the edits until there are none, or nothing changes. */
function fixUntilDone(checked: CheckedFile, subjects: readonly LintSubject[], config: Config): CheckedFile {
  const own = subjects.filter(({ file }) => file === checked.file);
  const others = checked.findings.filter(({ rule }) => rule.includes('/'));
  let current = checked;
  for (let round = 0; round < maxRounds && current.edits.length > 0; round += 1) {
    const text = applyEdits(current.text, current.edits);
    if (text === current.text) break;
    // The lines of other linters are only right if no line was added or removed.
    const isSameLines = text.split('\n').length === checked.text.split('\n').length;
    const [next] = checkSubjects(
      own.map((one) => ({ ...one, text })),
      config,
      isSameLines ? others : [],
    );
    if (next === undefined) break;
    current = next;
  }
  return current;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
