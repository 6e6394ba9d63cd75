/** Returns the last line of a program's output, where most programs print the reason of a failure. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
