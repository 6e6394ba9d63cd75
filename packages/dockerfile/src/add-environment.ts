import { indexOfTarget } from './needed-stages.ts';
import { readStages } from './stages.ts';

/**
 * Adds variables to the image's environment, as an `ENV` at the end of the target stage. The steps before it do not
 * change and stay cached.
 *
 * @param target the stage to build. Default: the last one.
 * @returns the new Dockerfile, or the text unchanged if it has no such stage: BuildKit reports that
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

/** Drops an escape character at the end of the last line. An added line would continue its instruction. */
function endLastLine(text: string, escape: string): string {
  const end = text.trimEnd();
  if (!end.endsWith(escape) || end.endsWith(escape + escape)) return text;
  const line = end.slice(end.lastIndexOf('\n') + 1);
  return line.trimStart().startsWith('#') ? text : end.slice(0, -1);
}

/** Quotes a value. In double quotes, only a quote, a dollar sign and the escape character are special to BuildKit. */
function quote(value: string, escape: string): string {
  const escaped = Array.from(value, (character) =>
    ['"', '$', escape].includes(character) ? `${escape}${character}` : character,
  );
  return `"${escaped.join('')}"`;
}
