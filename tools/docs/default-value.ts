/** Returns the Markdown of a default value in a cell of a table, which has no line ends: each of its lines is code. */
export function defaultValue(value = ''): string {
  const lines = value.split('\n').filter((line) => line !== '');
  return lines.map((line) => `\`${line}\``).join('<br />');
}
