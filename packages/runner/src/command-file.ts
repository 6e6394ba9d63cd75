/**
 * Parses a command file of a step, such as GITHUB_OUTPUT: `name=value` lines, and multiline values between two
 * delimiters (GitHub docs, "Multiline strings").
 *
 * @throws Error with the runner's message, if a line has neither form or the closing delimiter is missing
 */
export function parseCommandFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '') continue;
    const { name, operator, rest } = /^(?<name>[^=]*?)(?<operator>=|<<)(?<rest>.*)$/.exec(line)?.groups ?? {};
    if (name === undefined || name === '' || rest === undefined) throw new Error(`invalid format '${line}'`);
    values[name] = operator === '=' ? rest : takeUntil(lines, rest);
  }
  return values;
}

function takeUntil(lines: string[], delimiter: string): string {
  const end = lines.indexOf(delimiter);
  if (end < 0) throw new Error(`matching delimiter not found '${delimiter}'`);
  return lines
    .splice(0, end + 1)
    .slice(0, -1)
    .join('\n');
}
