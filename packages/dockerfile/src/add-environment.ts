import { readDockerfile } from './instructions.ts';
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

/**
 * Removes the escape at the end of the last instruction: an added line would belong to that instruction. Empty lines
 * and comments may follow it.
 */
function endLastLine(text: string, escape: string): string {
  const probe = readDockerfile(`${text}\nENV A=1`).instructions.at(-1);
  if (probe?.keyword === 'ENV' && probe.source === 'ENV A=1') return text;
  const lines = text.split('\n');
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = (lines[at] ?? '').trimEnd();
    if (line === '' || line.trimStart().startsWith('#')) continue;
    const isContinued = line.endsWith(escape) && !line.endsWith(escape + escape);
    if (isContinued) lines[at] = line.slice(0, -1);
    // A line with nothing but the escape belongs to the instruction above.
    if (lines[at]?.trim() !== '') break;
  }
  return lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1).join('\n');
}

/** Quotes a value. In double quotes, only a quote, a dollar sign and the escape character are special to BuildKit. */
function quote(value: string, escape: string): string {
  const escaped = Array.from(value, (character) =>
    ['"', '$', escape].includes(character) ? `${escape}${character}` : character,
  );
  return `"${escaped.join('')}"`;
}
