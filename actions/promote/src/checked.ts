import { CodedError, suggest, type Problem } from '@towpath/errors';
import { labelOf, type FoundImage } from '@towpath/project';
import { isDigest, isRepositoryName, type Digest } from '@towpath/reference';

/** An image that an earlier step checked: the only image that may be promoted under this name. */
export interface CheckedImage {
  readonly name: string;
  /** Its full name in the registry that the promotion takes from. */
  readonly repository: string;
  readonly digest: Digest;
  /** What the gate found, if the list comes from `scan-gate`. */
  readonly verdict?: string;
}

/** No version has more images: the ledger takes no more either. */
const maxImages = 1000;

/**
 * Reads the input `images`.
 *
 * @returns undefined if the input is not set
 */
export function parseChecked(
  given: string | undefined,
  problem: (message: string, hint?: string) => void,
): readonly CheckedImage[] | undefined {
  if (given === undefined) return undefined;
  const read = readImages(given);
  if (typeof read !== 'string') return read;
  problem(
    `Input images ${read}.`,
    'Set images to the output images of scan-gate or publish, e.g. [{"name": "web", "repository": "payroll/web", "digest": "sha256:…"}].',
  );
  return undefined;
}

/** The images, or what is wrong with them. */
function readImages(given: string): readonly CheckedImage[] | string {
  const list = parseList(given);
  if (list === undefined) return 'is not a JSON list';
  if (list.length === 0) return 'is an empty list: no image was checked';
  if (list.length > maxImages) return `has more than ${maxImages} entries`;
  const images = new Map<string, CheckedImage>();
  for (const [index, entry] of list.entries()) {
    const image = readEntry(entry);
    if (typeof image === 'string') return `is wrong at entry ${index + 1}: ${image}`;
    if (images.has(image.name)) return `names ${image.name} twice`;
    images.set(image.name, image);
  }
  return [...images.values()];
}

function parseList(given: string): readonly unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(given);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** The entry, or why it is not one. */
function readEntry(entry: unknown): CheckedImage | string {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return 'it is not an object';
  const { name, repository, digest, verdict } = entry as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '') return 'it has no name';
  if (typeof repository !== 'string' || !isRepositoryName(repository))
    return 'its repository is not the full name of a repository';
  if (typeof digest !== 'string' || !isDigest(digest)) return 'its digest is not a sha256 digest';
  if (verdict === undefined) return { name, repository, digest };
  return typeof verdict === 'string' ? { name, repository, digest, verdict } : 'its verdict is not a string';
}

/**
 * Compares the images that are about to be promoted with those that an earlier step checked.
 *
 * @param checked undefined if the input `images` is not set
 * @throws CodedError `digest-mismatch` for every image that is another, is missing or was not checked; `gate-failed`
 * or `gate-unknown` for every image that did not pass
 */
export function requireChecked(
  found: readonly Pick<FoundImage, 'image' | 'location' | 'root'>[],
  checked: readonly CheckedImage[] | undefined,
): void {
  if (checked === undefined) return;
  const names = found.map(({ image }) => image.name);
  const problems = [
    ...found.flatMap((one) => compare(one, checked)),
    ...checked.filter(({ name }) => !names.includes(name)).map((one) => notPromoted(one, names)),
  ];
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images are not those of the input images.`);
}

function compare(
  { image: { name }, location, root }: Pick<FoundImage, 'image' | 'location' | 'root'>,
  checked: readonly CheckedImage[],
): readonly Problem[] {
  const entry = checked.find((one) => one.name === name);
  const here = `${labelOf(location)}@${root.digest}`;
  if (entry === undefined) {
    const message = `Image ${name} (${here}) is not in the input images: no step checked this image.`;
    const known = checked.map((one) => one.name);
    return [mismatch(message, `Gate ${name} too, or leave it out with only. ${suggest(name, known)}`)];
  }
  if (entry.repository !== location.repository) {
    const message = `Image ${name} was checked in ${entry.repository}, but is promoted from ${location.repository}.`;
    return [mismatch(message, 'Run scan-gate with the same target-environment as promote.')];
  }
  if (entry.digest !== root.digest) {
    const message = `Image ${name} is ${here}, but ${entry.digest} was checked: a tag moved in between.`;
    return [mismatch(message, 'Find out who moved the tag, then run scan-gate and promote again.')];
  }
  if (entry.verdict === undefined || entry.verdict === 'pass') return [];
  const message = `Image ${name} (${here}) did not pass the gate: its verdict is ${JSON.stringify(entry.verdict)}.`;
  const code = entry.verdict === 'fail' ? 'gate-failed' : 'gate-unknown';
  return [{ code, message, hint: 'Fix the image and publish a new version.' }];
}

function notPromoted({ name, repository, digest }: CheckedImage, names: readonly string[]): Problem {
  const message = `Image ${name} (${repository}@${digest}) is in the input images, but not among those to promote: ${names.join(', ')}.`;
  return mismatch(message, 'Give scan-gate and promote the same version, configuration and only.');
}

function mismatch(message: string, hint: string): Problem {
  return { code: 'digest-mismatch', message, hint };
}
