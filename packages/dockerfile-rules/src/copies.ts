import { flagValues, readDockerfile, type Instruction } from '@towpath/dockerfile';
import type { LintOptions } from './options.ts';
import { contextSources } from './rules/secret-files.ts';
import { secretFileKind } from './secret-files.ts';
import { readSubject } from './subject.ts';

/** Returns whether a Dockerfile copies files, so that its build context matters. */
export function copiesFiles(text: string): boolean {
  return readDockerfile(text).instructions.some(({ keyword, source }) =>
    keyword === 'ONBUILD'
      ? /^\s*ONBUILD\s+(?:ADD|COPY)\s/i.test(source)
      : keyword === 'ADD' || keyword === 'COPY',
  );
}

/** Returns the paths of the build context with the names of secret files that a Dockerfile copies by name. */
export function copiedNames(text: string, options: LintOptions): readonly string[] {
  if (!readDockerfile(text).instructions.some(mayNameSecret)) return [];
  const steps = readSubject(text, options).stages.flatMap((stage) => stage.steps);
  const copies = steps.filter(
    ({ instruction }) =>
      ['ADD', 'COPY'].includes(instruction.keyword) && flagValues(instruction, 'from').length === 0,
  );
  const paths = copies.flatMap(contextSources);
  return [...new Set(paths)].filter((path) => !/[*?[]/.test(path) && secretFileKind(path) !== undefined);
}

/** Whether a word of an instruction is the path of a secret file, or becomes one with its variables or quotes. */
function mayNameSecret({ source, words }: Instruction): boolean {
  if (!/^\s*(?:ONBUILD\s+)?(?:ADD|COPY)\s/i.test(source)) return false;
  return words
    .slice(0, -1)
    .some(({ text }) => /[$"'\\`[]|\/\.{0,2}$/.test(text) || secretFileKind(text) !== undefined);
}
