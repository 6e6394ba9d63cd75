import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const readme = fileURLToPath(new URL('../../README.md', import.meta.url));

/** A step that ends in a file: `**4. Deliver every push**, in`, then the file's path and, below, its text. */
const fileStep = /^\*\*\d+\. [^\n]*?, in `(?<path>[\w./-]+)`[^]*?\n```yaml\n(?<text>[^]*?\n)```/gm;

/**
 * The files that the README tells its reader to write.
 *
 * @returns their texts by their paths
 */
export async function filesOfReadme(): Promise<ReadonlyMap<string, string>> {
  const steps = (await readFile(readme, 'utf8')).matchAll(fileStep);
  return new Map([...steps].map(({ groups: { path = '', text = '' } = {} }) => [path, text]));
}
