import { findUses } from '@towpath/release';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Returns the third-party actions in our reusable workflows and in those of a caller, each with its stand-in.
 *
 * @param caller the root of its repository
 */
export async function standInRepositories(
  standIns: Readonly<Record<string, string>>,
  caller: string,
): Promise<ReadonlyMap<string, string>> {
  const files = [root, caller].flatMap((repository) => globSync(`${repository}/.github/workflows/*.yml`));
  const uses = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).flatMap(findUses);
  return new Map(
    uses.flatMap(({ name, ref }) => {
      // An action can be in a folder of its repository.
      const [owner = '', repository = ''] = name.split('/');
      const standIn = standIns[repository];
      return standIn === undefined ? [] : [[`${owner}/${repository}@${ref}`, standIn]];
    }),
  );
}
