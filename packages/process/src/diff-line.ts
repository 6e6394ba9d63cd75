/** The colour of a line of a diff, by its mark after spaces. */
export function diffColour(line: string): 'green' | 'red' | 'yellow' | undefined {
  switch (line.trimStart().charAt(0)) {
    case '+':
      return 'green';
    case '-':
      return 'red';
    case '~':
    case '!':
      return 'yellow';
    default:
      return undefined;
  }
}
