import { fingerprintParts, type Fingerprint } from '@towpath/build-context';
import type { ImageConfig } from '@towpath/config';
import { findImages, newestImage, pushedAt, type PrivateEcr } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { fingerprintAnnotation, fingerprintTag, inputsAnnotation, type BuiltImage } from '@towpath/image-set';
import { imagesOf, type Manifest } from '@towpath/oci';
import type { Location } from '@towpath/project';
import { formatPlatform, shortDigest, type Digest } from '@towpath/reference';
import { formatDuration } from '@towpath/report';
import type { KnownImage } from './fingerprints.ts';

/** Whether an image has to be built, and the reason. */
export type Decision =
  | { readonly kind: 'reuse'; readonly image: BuiltImage; readonly why: string }
  | { readonly kind: 'build'; readonly why: string };

export interface ReuseQuestion {
  /** Milliseconds. */
  readonly maxAge: number;
  readonly now: Date;
  /** Where `publish` would put the image. */
  readonly locate: (image: ImageConfig) => Promise<Location>;
}

/** A short hash of each input of an image, as its annotation has it. */
export function describeInputs({ parts }: Fingerprint): string {
  return fingerprintParts.map((part) => `${part}=${parts[part].slice(0, 12)}`).join(' ');
}

/**
 * Looks for an image that was built from the same and is young enough. Base images age: what has not changed here may
 * have changed there, under a name that stands for a digest no more.
 *
 * @throws CodedError `access-denied`, …; without credentials everything is built
 */
export async function decide(image: KnownImage, question: ReuseQuestion): Promise<Decision> {
  try {
    return await lookUp(image, question);
  } catch (error) {
    const code = error instanceof CodedError ? error.code : undefined;
    if (code === 'credentials-missing') return build('there are no AWS credentials to look for it with');
    if (code === 'repository-missing') return build('it was never published: its repository does not exist');
    throw error;
  }
}

async function lookUp(known: KnownImage, { maxAge, now, locate }: ReuseQuestion): Promise<Decision> {
  const { image, fingerprint, unfixed } = known;
  const [loose] = unfixed;
  if (loose !== undefined) return build(`${loose} may have changed since`);
  if (image.noCache !== false) return build('no-cache asks for it');
  const location = await locate(image);
  const { registry, repository } = location;
  if ('alias' in registry) return build('images are not taken over from a public registry');
  const tag = fingerprintTag(fingerprint.value);
  const root = (await findImages(registry, repository, [tag])).get(tag);
  if (root?.annotations[fingerprintAnnotation] !== fingerprint.value)
    return build(await whatChanged(fingerprint, { registry, repository }));
  const pushed = await pushedAt(registry, repository, root.digest);
  const age = now.getTime() - (pushed?.getTime() ?? 0);
  if (age > maxAge) return build(`${shortDigest(root.digest)} is ${formatDuration(age)} old`);
  return {
    kind: 'reuse',
    why: `${tag} is ${formatDuration(age)} old, and nothing has changed`,
    image: await describe(known, root, { registry, repository }, tag),
  };
}

/** Where images are looked for. */
interface PrivatePlace extends Location {
  readonly registry: PrivateEcr;
}

function build(why: string): Decision {
  return { kind: 'build', why };
}

/** Compared with the image that was published last. */
async function whatChanged(
  fingerprint: Fingerprint,
  { registry, repository }: PrivatePlace,
): Promise<string> {
  const newest = await newestImage(registry, repository);
  if (newest === undefined) return 'it was never published';
  const annotations = (await findImages(registry, repository, [newest])).get(newest)?.annotations ?? {};
  const before = new Set(annotations[inputsAnnotation]?.split(' '));
  if (before.size === 0) return `what ${shortDigest(newest)} was built from is not known`;
  const changed = describeInputs(fingerprint)
    .split(' ')
    .filter((input) => !before.has(input))
    .map((input) => input.split('=')[0]);
  const since = `since ${shortDigest(newest)} was published`;
  return changed.length === 0 ? `something has changed ${since}` : `${changed.join(', ')} changed ${since}`;
}

async function describe(
  { image, platforms, fingerprint }: KnownImage,
  root: Manifest,
  { registry, repository }: PrivatePlace,
  tag: string,
): Promise<BuiltImage> {
  const children = root.kind === 'index' ? imagesOf(root) : [];
  const below = await findImages(
    registry,
    repository,
    children.map(({ digest }) => digest),
  );
  const manifests = [root, ...below.values()];
  const sizes = new Map<Digest, number>(
    manifests.flatMap((manifest) => [
      [manifest.digest, manifest.bytes.length] as const,
      ...(manifest.kind === 'image' ? [manifest.config, ...manifest.layers] : []).map(
        ({ digest, size }) => [digest, size] as const,
      ),
    ]),
  );
  const own = platforms.map((platform) => [formatPlatform(platform), root.digest] as const);
  const listed = children.flatMap(({ platform, digest }) =>
    platform === undefined ? [] : [[formatPlatform(platform), digest] as const],
  );
  return {
    name: image.name,
    digest: root.digest,
    mediaType: root.mediaType,
    size: root.bytes.length,
    bytes: sizes.values().reduce((sum, size) => sum + size, 0),
    platforms: Object.fromEntries(root.kind === 'index' ? listed : own),
    fingerprint: fingerprint.value,
    labels: Object.fromEntries(image.labels),
    annotations: root.annotations,
    attestations: [],
    reused: { registry: registry.host, repository, tag },
  };
}
