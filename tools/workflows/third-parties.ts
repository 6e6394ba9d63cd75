import { findUses } from '@towpath/release';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const workflows = fileURLToPath(new URL('../../.github/workflows/', import.meta.url));

/** The uses of others in our reusable workflows, each with the stand-in that takes its place. */
export async function standInRepositories(
  standIns: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const texts = globSync(`${workflows}*.yml`).map((file) => readFile(file, 'utf8'));
  const uses = (await Promise.all(texts)).flatMap(findUses);
  return new Map(
    uses.flatMap(({ name, ref }) => {
      const standIn = standIns.get(name.split('/')[1] ?? '');
      return standIn === undefined ? [] : [[`${name}@${ref}`, standIn]];
    }),
  );
}
