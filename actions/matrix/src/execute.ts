import type { Journal, Runtime } from '@towpath/flow';
import { writeImageSet } from '@towpath/image-set';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MatrixPlan } from './plan.ts';

/** The name of the file with the configuration that buildx evaluated. */
export const evaluatedFile = 'evaluated-config.json';

/** The folder with the files for other jobs. Undefined: they need none. */
export type MatrixResult = string | undefined;

/** Writes what the other jobs need and what an output cannot contain: GitHub drops outputs with a masked value. */
export async function execute(
  { reused, source, evaluated }: MatrixPlan,
  { temp }: Runtime,
  journal: Journal,
): Promise<MatrixResult> {
  if (reused.length === 0 && evaluated === undefined) return undefined;
  const folder = join(temp, 'towpath-matrix');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  if (evaluated !== undefined)
    await writeFile(join(folder, evaluatedFile), `${JSON.stringify(evaluated, undefined, 2)}\n`);
  if (reused.length > 0)
    await writeImageSet(folder, { schemaVersion: 1, source, images: reused.map(({ image }) => image) });
  journal.wrote(`the files for the jobs of the matrix in ${folder}`);
  return folder;
}
