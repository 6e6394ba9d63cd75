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

/** The image set of one of several jobs. */
export interface SetPart {
  /** The folder of its layout. */
  readonly folder: string;
  readonly set: ImageSet;
}

/** An image of the merged set and the location of its content. */
export interface MergedImage {
  readonly image: BuiltImage;
  /** The layouts with its blobs. */
  readonly folders: readonly string[];
  /** The images that the jobs built: one for each platform built in its own job, or the image itself. */
  readonly parts: readonly BuiltImage[];
  /** The index of platforms that were built in different jobs. No layout contains it. */
  readonly index?: Buffer;
}

export interface MergedSet {
  readonly source: Source;
  readonly images: readonly MergedImage[];
}

const indexType = 'application/vnd.oci.image.index.v1+json';

/**
 * Merges several image sets. Keeps images of a single set unchanged, and joins the platforms of one image in an index.
 * The result is the same for any order of the parts.
 *
 * @param platforms the required platforms of each image, by name, if known
 * @throws CodedError `image-set-invalid` with all problems
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
    throw CodedError.of(problems, (count) => `The image sets cannot be merged: ${count} problems.`);
  return {
    source: parts[0]?.set.source ?? {},
    images: merged.flatMap((one) => ('problems' in one ? [] : [one])),
  };
}

function differentRevisions(parts: readonly SetPart[]): Problem[] {
  const revisions = new Map(parts.map(({ set, folder }) => [set.source.revision ?? 'no commit', folder]));
  if (revisions.size < 2) return [];
  const list = [...revisions].map(([revision, folder]) => `${folder} from ${revision}`).join(', ');
  return [invalid(`The image sets were built from different commits: ${list}.`)];
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
        invalid(
          `Image ${name} with digest ${image.digest} has ${Object.keys(image.platforms).length} platforms, so it cannot be joined with others.`,
          'Build each platform of the image in its own job, or all of them in one job.',
        ),
      ),
    ...distinct
      .filter(({ reused }) => distinct.length > 1 && reused !== undefined)
      .map(({ platforms }) =>
        invalid(
          `Image ${name} was reused for ${Object.keys(platforms).join(', ')}, so the image set does not contain it to join with other platforms.`,
          'Set reuse: off for build in jobs that build one platform each. With matrix, set reuse there.',
        ),
      ),
    ...builtTwice(name, built),
    ...wanted
      .filter((platform) => !built.some((one) => one.platform === platform))
      .map((platform) => invalid(`Image ${name} has no ${platform} in any image set.`)),
  ];
  if (problems.length > 0) return { problems };
  return only !== undefined && distinct.length === 1
    ? { image: only, folders, parts: [only] }
    : compose(name, distinct, folders);
}

function builtTwice(
  name: string,
  built: readonly { readonly platform: string; readonly of: Digest }[],
): Problem[] {
  const platforms = [...new Set(built.map(({ platform }) => platform))];
  return platforms.flatMap((platform) => {
    const digests = new Set(built.filter((one) => one.platform === platform).map(({ of }) => of));
    return digests.size < 2
      ? []
      : [invalid(`Image ${name} was built twice for ${platform}: ${[...digests].join(' and ')}.`)];
  });
}

/** Builds an index in BuildKit's format, with the platforms sorted by name. */
function compose(name: string, images: readonly BuiltImage[], folders: readonly string[]): MergedImage {
  const sorted = images
    .map((image) => ({ image, platform: Object.keys(image.platforms)[0] ?? '' }))
    .sort((one, other) => (one.platform < other.platform ? -1 : 1));
  const fingerprint = joinedFingerprint(
    new Map(sorted.map(({ image, platform }) => [platform, image.fingerprint])),
  );
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

/**
 * Returns the fingerprint of an image whose platforms were built by different jobs.
 *
 * @param fingerprints of the jobs, by platform
 */
export function joinedFingerprint(fingerprints: ReadonlyMap<string, string>): string {
  const lines = [...fingerprints].map(([platform, fingerprint]) => `${platform} ${fingerprint}`);
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

/** Returns the annotations that all platforms share, such as the commit. */
function commonAnnotations([first, ...others]: readonly BuiltImage[]): Record<string, string> {
  const entries = Object.entries(first?.annotations ?? {}).filter(
    ([name, value]) =>
      name !== inputsAnnotation && others.every(({ annotations }) => annotations?.[name] === value),
  );
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function invalid(message: string, hint = 'Build all parts from one commit, each platform once.'): Problem {
  return { code: 'image-set-invalid', message, hint };
}
