import { indexOfTarget } from './needed-stages.ts';
import { readStages } from './stages.ts';

/**
 * A Dockerfile whose target keeps these variables in the image's environment, as `ENV` at the end of its stage: the
 * steps before it do not change, and stay cached.
 *
 * @param target the stage that is built; the last one when undefined
 * @returns the text as it stands when it has no such stage, which BuildKit will say
 */
export function addEnvironment(
  text: string,
  target: string | undefined,
  variables: ReadonlyMap<string, string>,
): string {
  const { stages, escape } = readStages(text);
  const index = indexOfTarget(stages, target);
  if (stages[index] === undefined || variables.size === 0) return text;
  const lines = endLastLine(text, escape).split('\n');
  const next = stages[index + 1]?.line;
  const end = next === undefined ? lines.length : next - 1;
  const pairs = [...variables].map(([name, value]) => `${name}=${quote(value, escape)}`);
  return lines.toSpliced(end, 0, ...(end === lines.length ? [''] : []), `ENV ${pairs.join(' ')}`).join('\n');
}

/** A last line that is continued, with nothing after it: what is added would belong to its instruction. */
function endLastLine(text: string, escape: string): string {
  const end = text.trimEnd();
  if (!end.endsWith(escape) || end.endsWith(escape + escape)) return text;
  const line = end.slice(end.lastIndexOf('\n') + 1);
  return line.trimStart().startsWith('#') ? text : end.slice(0, -1);
}

/** As BuildKit reads it back: in double quotes, only a quote, a dollar and the escape character mean something. */
function quote(value: string, escape: string): string {
  const meant = Array.from(value, (character) =>
    ['"', '$', escape].includes(character) ? `${escape}${character}` : character,
  );
  return `"${meant.join('')}"`;
}
