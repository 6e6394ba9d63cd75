import { CodedError, type Problem } from '@towpath/errors';
import { digestOf, parsePlatform, type Digest } from '@towpath/reference';
import { createHash } from 'node:crypto';
import {
  fingerprintAnnotation,
  inputsAnnotation,
  type BuiltImage,
  type ImageSet,
  type Source,
} from './image-set.ts';

/** One of several image sets that make a whole: each was built by a job of its own. */
export interface SetPart {
  /** Where its layout is. */
  readonly folder: string;
  readonly set: ImageSet;
}

/** An image of the whole, and where its content is. */
export interface MergedImage {
  readonly image: BuiltImage;
  /** Its blobs are in one of these layouts. */
  readonly folders: readonly string[];
  /** As the jobs built it: one for each platform that was built apart, or the image itself. */
  readonly parts: readonly BuiltImage[];
  /** The bytes of its index, when it was put together of platforms that were built apart: no layout has it. */
  readonly index?: Buffer;
}

export interface MergedSet {
  readonly source: Source;
  readonly images: readonly MergedImage[];
}

const indexType = 'application/vnd.oci.image.index.v1+json';

/**
 * Makes one image set of several: images that are in one of them alone stay as they are, and platforms of one image
 * become an index. Equal parts make equal bytes, in whatever order they come.
 *
 * @param platforms that an image must have, by its name, where they are known
 * @throws CodedError `image-set-invalid` that lists every reason why they are no whole
 */
export function mergeImageSets(
  parts: readonly SetPart[],
  platforms: ReadonlyMap<string, readonly string[]>,
): MergedSet {
  const names = [...new Set(parts.flatMap(({ set }) => set.images.map(({ name }) => name)))];
  const merged = names.map((name) => mergeImage(name, parts, platforms.get(name) ?? []));
  const problems = [
    ...differentRevisions(parts),
    ...merged.flatMap((one) => ('problems' in one ? one.problems : [])),
  ];
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `The image sets do not make one: ${count} problems.`);
  return {
    source: parts[0]?.set.source ?? {},
    images: merged.flatMap((one) => ('problems' in one ? [] : [one])),
  };
}

function differentRevisions(parts: readonly SetPart[]): Problem[] {
  const revisions = new Map(parts.map(({ set, folder }) => [set.source.revision ?? 'no commit', folder]));
  if (revisions.size < 2) return [];
  const told = [...revisions].map(([revision, folder]) => `${folder} of ${revision}`).join(', ');
  return [invalid(`The image sets were built from different sources: ${told}.`)];
}

function mergeImage(
  name: string,
  parts: readonly SetPart[],
  wanted: readonly string[],
): MergedImage | { readonly problems: readonly Problem[] } {
  const found = parts.flatMap(({ folder, set }) =>
    set.images.filter((image) => image.name === name).map((image) => ({ folder, image })),
  );
  const folders = found.map(({ folder }) => folder);
  const distinct = [...new Map(found.map(({ image }) => [image.digest, image])).values()];
  const [only] = distinct;
  const built = distinct.flatMap((image) =>
    Object.entries(image.platforms).map(([platform, of]) => ({ platform, of, image })),
  );
  const problems = [
    ...distinct
      .filter((image) => distinct.length > 1 && Object.keys(image.platforms).length !== 1)
      .map((image) =>
        invalid(`${name} of ${image.digest} is no image of one platform: it cannot be a part of another.`),
      ),
    ...distinct
      .filter(({ reused }) => distinct.length > 1 && reused !== undefined)
      .map(({ platforms }) =>
        invalid(
          `Image ${name} was reused for ${Object.keys(platforms).join(', ')}: what is not built cannot be joined with what is. Where each platform has a job of its own, leave reuse out.`,
        ),
      ),
    ...twice(name, built),
    ...wanted
      .filter((platform) => !built.some((one) => one.platform === platform))
      .map((platform) => invalid(`Image ${name} lacks ${platform}: none of the image sets has it.`)),
  ];
  if (problems.length > 0) return { problems };
  return only !== undefined && distinct.length === 1
    ? { image: only, folders, parts: [only] }
    : compose(name, distinct, folders);
}

function twice(
  name: string,
  built: readonly { readonly platform: string; readonly of: Digest }[],
): Problem[] {
  const platforms = [...new Set(built.map(({ platform }) => platform))];
  return platforms.flatMap((platform) => {
    const digests = new Set(built.filter((one) => one.platform === platform).map(({ of }) => of));
    return digests.size < 2
      ? []
      : [invalid(`Image ${name} was built twice for ${platform}: as ${[...digests].join(' and as ')}.`)];
  });
}

/** An index as BuildKit prints one, of its platforms in their order. */
function compose(name: string, images: readonly BuiltImage[], folders: readonly string[]): MergedImage {
  const sorted = images
    .map((image) => ({ image, platform: Object.keys(image.platforms)[0] ?? '' }))
    .sort((one, other) => (one.platform < other.platform ? -1 : 1));
  const fingerprint = createHash('sha256')
    .update(sorted.map(({ image, platform }) => `${platform} ${image.fingerprint}`).join('\n'))
    .digest('hex');
  const document = {
    schemaVersion: 2,
    mediaType: indexType,
    manifests: sorted.map(({ image: { mediaType, digest, size }, platform }) => ({
      ...{ mediaType, digest, size },
      platform: parsePlatform(platform),
    })),
    annotations: {
      ...commonAnnotations(sorted.map(({ image }) => image)),
      [fingerprintAnnotation]: fingerprint,
    },
  };
  const index = Buffer.from(JSON.stringify(document, undefined, 2));
  return {
    image: {
      name,
      digest: digestOf(index),
      mediaType: indexType,
      size: index.length,
      bytes: images.reduce((sum, { bytes }) => sum + bytes, index.length),
      platforms: Object.fromEntries(sorted.map(({ image, platform }) => [platform, image.digest])),
      fingerprint,
      labels: images[0]?.labels ?? {},
      annotations: document.annotations,
      attestations: sorted.flatMap(({ image }) => image.attestations),
    },
    folders,
    parts: sorted.map(({ image }) => image),
    index,
  };
}

/** What the platforms say of themselves alike, such as the commit that they are of. */
function commonAnnotations([first, ...others]: readonly BuiltImage[]): Record<string, string> {
  const entries = Object.entries(first?.annotations ?? {}).filter(
    ([name, value]) =>
      name !== inputsAnnotation && others.every(({ annotations }) => annotations?.[name] === value),
  );
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function invalid(message: string): Problem {
  return { code: 'image-set-invalid', message, hint: 'Build all parts from one commit, each platform once.' };
}
