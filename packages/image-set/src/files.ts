import { CodedError } from '@towpath/errors';
import { readTextWithin, writeFileInside } from '@towpath/files';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { imageSchema, imageSetSchema, maxImages, type ImageSet } from './image-set.ts';

const hint = 'Build again, or transfer the whole folder.';

/** The maximum size of images.json in bytes. 1,000 images with their labels and attestations need less. */
const maxBytes = 64 * 2 ** 20;

/** The maximum number of values of one image: its labels, annotations, platforms, bases and attestations. */
const maxValues = 20_000;

/** The maximum number of characters of a reason. */
const maxReason = 2_000;

/** The file that marks a folder as an image set. */
export const fileName = 'images.json';

/**
 * Reads the images.json of a folder.
 *
 * @throws CodedError `image-set-missing`, or `image-set-invalid` with the reason
 */
export async function readImageSet(folder: string): Promise<ImageSet> {
  const path = join(folder, fileName);
  const content = parse(await read(folder), folder);
  requireFewImages(content, path);
  const result = imageSetSchema.safeParse(content);
  if (!result.success) throw notASet(path, listIssues(result.error));
  return result.data;
}

/**
 * Checks images one by one, up to the first that is wrong, before the whole file is checked: zod reports every wrong
 * value, of which 64 MiB can have millions.
 */
function requireFewImages(content: unknown, path: string): void {
  const { images } = (content ?? {}) as { readonly images?: unknown };
  if (!Array.isArray(images)) return;
  if (images.length > maxImages)
    throw notASet(path, `it has ${images.length} images; the limit is ${maxImages}.`);
  for (const [index, image] of (images as unknown[]).entries()) {
    if (countValues(image, maxValues) > maxValues)
      throw notASet(path, `image ${nameOf(image, index)} has more than ${maxValues} values.`);
    const result = imageSchema.safeParse(image);
    if (result.success) continue;
    const issues = result.error.issues.map((issue) => ({ ...issue, path: ['images', index, ...issue.path] }));
    throw notASet(path, listIssues({ issues }));
  }
}

/** Returns the issues of a schema on one line, such as `must be a sha256 digest at images[1].digest`. */
function listIssues(error: Parameters<typeof z.prettifyError>[0]): string {
  return z
    .prettifyError(error)
    .replace(/^✖ /gm, '')
    .replace(/\n *→ at /g, ' at ')
    .replaceAll('\n', '; ');
}

function nameOf(image: unknown, index: number): string {
  const { name } = (image ?? {}) as { readonly name?: unknown };
  return typeof name === 'string' ? name.slice(0, 100) : String(index);
}

/** Counts the values below a value, up to a limit. */
function countValues(value: unknown, limit: number): number {
  const left = [value];
  let count = 0;
  for (let one = left.pop(); one !== undefined && count <= limit; one = left.pop()) {
    if (typeof one !== 'object' || one === null) continue;
    for (const below of Object.values(one)) {
      count += 1;
      if (count > limit) break;
      left.push(below);
    }
  }
  return count;
}

function notASet(path: string, reason: string): CodedError {
  const shown = reason.length > maxReason ? `${reason.slice(0, maxReason)}…` : reason;
  return new CodedError(
    'image-set-invalid',
    `${path} is not a valid image set: ${shown.replace(/\.?$/, '.')}`,
    {
      hint: 'Build again with the same version of the actions.',
    },
  );
}

/** Writes images.json in one step, so that readers see the whole set or none. Write the layout before. */
export async function writeImageSet(folder: string, set: ImageSet): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFileInside(folder, fileName, `${JSON.stringify(set, undefined, 2)}\n`);
}

/**
 * Returns the image set folders at a path: the folder itself, or its subfolders with an image set. The latter is the
 * result of `actions/download-artifact` with the artifacts of several jobs.
 */
export async function imageSetFolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some(({ name }) => name === fileName)) return [folder];
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const sets = below.filter((one) => existsSync(join(one, fileName))).sort();
  // `readImageSet` reports a folder without an image set.
  return sets.length === 0 ? [folder] : sets;
}

/** Reads images.json only if it is a regular file within the size limit: it may come from another job. */
async function read(folder: string): Promise<string> {
  const options = { code: 'image-set-invalid', maxBytes, followLink: false, hint } as const;
  return readTextWithin(join(folder, fileName), options).catch((cause: unknown) => {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('image-set-missing', `There is no image set in ${folder}.`, {
      hint: 'Run build earlier in this job, or transfer its folder to this job and set the input image-set to its path.',
      cause,
    });
  });
}

function parse(text: string, folder: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError('image-set-invalid', `${join(folder, fileName)} is not valid JSON.`, {
      hint,
      cause,
    });
  }
}
