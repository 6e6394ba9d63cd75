import { isDigest, isRepositoryName, type Digest } from '@towpath/reference';

/** An image in the output of an earlier step. Only this image may be published or promoted under its name. */
export interface GivenImage {
  readonly name: string;
  /** The full name of its repository, if the list contains it. */
  readonly repository?: string;
  readonly digest: Digest;
  /** The result of the gate, if the list comes from `scan-gate`. */
  readonly verdict?: string;
}

/** The maximum number of images of a version. The ledger has the same limit. */
const maxImages = 1000;

/**
 * The default of the input `images`: any image is accepted. It is set in the action's metadata, so an empty input is
 * an error.
 */
export const anyImages = 'any';

/**
 * Reads the input `images` of `publish` and `promote`, which is the output `images` or `digests` of an earlier step.
 *
 * @returns undefined if any image is accepted
 */
export function parseImageList(
  given: string,
  problem: (message: string, hint?: string) => void,
): readonly GivenImage[] | undefined {
  if (given === anyImages) return undefined;
  const read = readImages(given);
  if (typeof read !== 'string') return read;
  problem(
    `Input images ${read}.`,
    'Pass on the output images of build, publish or scan-gate as it is, e.g. [{"name": "web", "repository": "payroll/web", "digest": "sha256:…"}].',
  );
  return undefined;
}

/**
 * Reads the outputs `digests` of several builds: a JSON list of objects, one for each job. An image can be in several
 * of them, because each job builds one of its platforms. Entries that are null are left out: workflows join lists with
 * them. Any other text is read as {@link parseImageList} does.
 */
export function parseImageLists(
  given: string,
  problem: (message: string, hint?: string) => void,
): readonly GivenImage[] | undefined {
  const list = (parseList(given) ?? []).filter((one) => one !== null);
  if (list.length === 0 || list.length > maxImages || !list.every(isDigests))
    return parseImageList(given, problem);
  return list.flatMap((one) => Object.entries(one).map(([name, digest]) => ({ name, digest })));
}

/** Returns whether a value is an output `digests`. Its values are digests, so it is no entry of an output `images`. */
function isDigests(value: unknown): value is Readonly<Record<string, Digest>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const digests: readonly unknown[] = Object.values(value);
  return digests.length > 0 && digests.every((one) => typeof one === 'string' && isDigest(one));
}

/** Returns the images, or a description of the error. */
function readImages(given: string): readonly GivenImage[] | string {
  const list = parseList(given);
  if (list === undefined) return 'is not a JSON list';
  if (list.length === 0) return 'is an empty list';
  if (list.length > maxImages) return `has more than ${maxImages} entries`;
  const images = new Map<string, GivenImage>();
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
    if (Array.isArray(list)) return list as readonly unknown[];
    return typeof list === 'object' && list !== null ? Object.entries(list).map(entryOf) : undefined;
  } catch {
    return undefined;
  }
}

/** Converts an entry of the output `digests`: image name and digest, with or without the repository. */
function entryOf([name, text]: [string, unknown]): unknown {
  const { repository, digest = text } =
    /^(?<repository>[^@]+)@(?<digest>.+)$/.exec(typeof text === 'string' ? text : '')?.groups ?? {};
  return { name, repository, digest };
}

/** Returns the entry, or why it is invalid. */
function readEntry(entry: unknown): GivenImage | string {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return 'it is not an object';
  const { name, repository, digest, verdict } = entry as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '') return 'it has no name';
  if (repository !== undefined && (typeof repository !== 'string' || !isRepositoryName(repository)))
    return 'its repository is not the full name of a repository';
  if (typeof digest !== 'string' || !isDigest(digest)) return 'its digest is not a sha256 digest';
  if (verdict !== undefined && typeof verdict !== 'string') return 'its verdict is not a string';
  return {
    name,
    digest,
    ...(repository !== undefined && { repository }),
    ...(verdict !== undefined && { verdict }),
  };
}
