import { stripVTControlCharacters } from 'node:util';

/** The end of an output that is read. */
const maxOutput = 4000;

/** The maximum length of a reason. */
const maxReason = 500;

/**
 * Returns the error that a scanner printed: the message of a JSON document, or the end of the text.
 *
 * @returns one line, empty if the scanner printed nothing
 */
export function reasonOf(stdout: string, stderr: string): string {
  try {
    const { error, message } = JSON.parse(stdout) as { readonly error?: unknown; readonly message?: unknown };
    const [text] = [error, message].filter((one) => typeof one === 'string');
    if (text !== undefined) return lineOf(text);
  } catch {
    // Most scanners print text.
  }
  return lastError(stderr) || lastError(stdout);
}

/** Returns the last error of a text, as one line. */
export function lastError(text: string): string {
  const lines = stripVTControlCharacters(text.slice(-maxOutput))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  // Go programs print several errors as a list (hashicorp/go-multierror), in any order.
  const heading = lines.findLastIndex((line) => !line.startsWith('* '));
  const list = lines.slice(heading + 1).map((line) => line.slice(2));
  return lineOf(`${lines[heading] ?? ''} ${list.join('; ')}`);
}

function lineOf(text: string): string {
  return stripVTControlCharacters(text.slice(0, maxReason))
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
}
