import { CodedError } from '@towpath/errors';
import { writeFileInside } from '@towpath/files';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { imageSetSchema, type ImageSet } from './image-set.ts';

/** What says of a folder that it holds an image set. */
export const fileName = 'images.json';

/**
 * Reads the images.json of a folder.
 *
 * @throws CodedError `image-set-missing`, or `image-set-invalid` that says what is wrong
 */
export async function readImageSet(folder: string): Promise<ImageSet> {
  const result = imageSetSchema.safeParse(parse(await read(folder), folder));
  if (result.success) return result.data;
  throw new CodedError(
    'image-set-invalid',
    `${join(folder, fileName)} is no image set: ${z.prettifyError(result.error)}`,
    {
      hint: 'Build again with the same version of the actions.',
    },
  );
}

/** Writes images.json in one step: a reader sees the whole set or none. Everything it names must be in place. */
export async function writeImageSet(folder: string, set: ImageSet): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFileInside(folder, fileName, `${JSON.stringify(set, undefined, 2)}\n`);
}

/**
 * The folders of image sets that a folder stands for: itself, or those in it, as `actions/download-artifact` leaves
 * the artifacts of several jobs.
 */
export async function imageSetFolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some(({ name }) => name === fileName)) return [folder];
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const sets = below.filter((one) => existsSync(join(one, fileName))).sort();
  // Where there is none, reading it tells so.
  return sets.length === 0 ? [folder] : sets;
}

async function read(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, fileName), 'utf8');
  } catch (cause) {
    throw new CodedError('image-set-missing', `There is no image set in ${folder}.`, {
      hint: 'Run build before, in this job, or hand its folder over: input image-set names it.',
      cause,
    });
  }
}

function parse(text: string, folder: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError('image-set-invalid', `${join(folder, fileName)} is torn: it is no JSON.`, {
      hint: 'Build again, or bring the whole folder over.',
      cause,
    });
  }
}
