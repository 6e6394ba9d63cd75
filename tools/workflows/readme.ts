import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const readme = fileURLToPath(new URL('../../README.md', import.meta.url));

/**
 * Matches a step that ends in a file: `**4. Deliver every push**, in`, then the file's path and, below it, its
 * text.
 */
const fileStep = /^\*\*\d+\. [^\n]*?, in `(?<path>[\w./-]+)`[^]*?\n```yaml\n(?<text>[^]*?\n)```/gm;

/**
 * Returns the files that the README asks its reader to write.
 *
 * @returns their texts by their paths
 */
export async function filesOfReadme(): Promise<ReadonlyMap<string, string>> {
  const steps = (await readFile(readme, 'utf8')).matchAll(fileStep);
  return new Map([...steps].map(({ groups: { path = '', text = '' } = {} }) => [path, text]));
}

/**
 * Returns the roles that the README creates.
 *
 * @returns the names of each role's policies by the name of the role
 */
export async function rolesOfReadme(): Promise<readonly (readonly [string, readonly string[]])[]> {
  const roles = (await readFile(readme, 'utf8')).matchAll(/^role (\S+) (.+)$/gm);
  return [...roles].map(([, name = '', policies = '']) => [name, policies.split(' ')] as const);
}
