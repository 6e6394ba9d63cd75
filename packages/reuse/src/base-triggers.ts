import { forAll } from '@towpath/concurrency';
import { baseImages, remoteSources } from '@towpath/dockerfile';
import { CodedError } from '@towpath/errors';
import { imagesOf, readConfig, type ContentSource, type Descriptor, type Manifest } from '@towpath/oci';
import { formatPlatform, parseEcrHost, type Digest } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { KnownImage } from './fingerprints.ts';
import { sourceOf, type ImageSources } from './image-sources.ts';

/** The part of an image config that contains the triggers (Docker image specification 1.2, `OnBuild`). */
interface TriggerConfig {
  readonly config?: { readonly OnBuild?: unknown } | null;
}

/** The maximum number of platforms to read from a base image. */
const maxPlatforms = 50;

/** Triggers already read, by base image and platforms. The images of one build often share base images. */
export type ReadTriggers = Map<string, Promise<readonly string[]>>;

/**
 * Returns the reason not to reuse an image because its base images' `ONBUILD` instructions download something that
 * can change. The Dockerfile does not contain these instructions, so the fingerprint does not cover them.
 *
 * Reads only base images in ECR: buildx does not print the `ONBUILD` instructions of other images.
 *
 * @returns the reason; undefined if the image may be reused
 */
export async function findMovingTrigger(
  known: KnownImage,
  sources: ImageSources,
  session: Session,
  read: ReadTriggers,
): Promise<string | undefined> {
  const names = [...new Set(known.bases.map(({ image }) => image))];
  const reasons = await forAll(names, async (name) => {
    const digest = known.baseDigests.get(name);
    const reference = sourceOf(name, sources);
    const registry = reference === undefined ? undefined : parseEcrHost(reference.host);
    if (digest === undefined || reference === undefined || registry === undefined) return undefined;
    const wanted = wantedPlatforms(known);
    const key = [registry.host, reference.repository, digest, ...wanted].join(' ');
    const reading =
      read.get(key) ?? readTriggers(session.remote(registry, reference.repository), digest, wanted);
    read.set(key, reading);
    try {
      const triggers = await reading;
      const [moving] = movingIn(triggers, known);
      return moving === undefined
        ? undefined
        : `ONBUILD of ${name} uses ${moving}, which may have changed since`;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      return `the ONBUILD instructions of ${name} cannot be read: ${error.message}`;
    }
  });
  return reasons.find((reason) => reason !== undefined);
}

function wantedPlatforms({ bases, platforms }: KnownImage): ReadonlySet<string> {
  return new Set([...bases.map(({ platform }) => platform), ...platforms.map(formatPlatform)]);
}

/** Returns the triggers of a base image for all requested platforms. */
async function readTriggers(
  source: Pick<ContentSource, 'manifest' | 'blob'>,
  digest: Digest,
  wanted: ReadonlySet<string>,
): Promise<readonly string[]> {
  const root = await source.manifest({ digest, mediaType: '' });
  const children = root.kind === 'index' ? childrenFor(root, wanted) : [];
  const manifests: readonly Manifest[] = [
    root,
    ...(await forAll(children, (child) => source.manifest(child))),
  ];
  const triggers = await forAll(manifests, async (manifest) => {
    if (manifest.kind !== 'image') return [];
    const { config } = ((await readConfig(source, manifest, digest)) ?? {}) as TriggerConfig;
    const triggers = config?.OnBuild;
    return Array.isArray(triggers) ? triggers.filter((one) => typeof one === 'string') : [];
  });
  return [...new Set(triggers.flat())];
}

/** Returns the children for the requested platforms. If none matches, returns all: BuildKit picks the closest one. */
function childrenFor(
  index: Extract<Manifest, { kind: 'index' }>,
  wanted: ReadonlySet<string>,
): readonly Descriptor[] {
  const images = imagesOf(index);
  const matching = images.filter(
    ({ platform }) => platform !== undefined && wanted.has(formatPlatform(platform)),
  );
  return (matching.length > 0 ? matching : images).slice(0, maxPlatforms);
}

/** Returns the remote sources and images that the triggers use, except stages of the Dockerfile. */
function movingIn(triggers: readonly string[], { args, platforms, stages }: KnownImage): readonly string[] {
  if (triggers.length === 0) return [];
  const lines = triggers.map((trigger) => `ONBUILD ${trigger}`);
  const text = ['FROM base AS towpath', ...lines, 'FROM towpath'].join('\n');
  const options = { args, platforms };
  const images = baseImages(text, options).filter(
    (image) => image !== 'base' && !stages.has(image.toLowerCase()),
  );
  return [...remoteSources(text, options), ...images.filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image))];
}
