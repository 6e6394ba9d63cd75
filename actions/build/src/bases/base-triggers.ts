import { forAll } from '@towpath/concurrency';
import { baseImages, remoteSources } from '@towpath/dockerfile';
import { CodedError } from '@towpath/errors';
import { imagesOf, readConfig, type ContentSource, type Descriptor, type Manifest } from '@towpath/oci';
import { formatPlatform, parseEcrHost, type Digest } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { KnownImage } from '../sources/fingerprints.ts';
import { sourceOf, type ImageSources } from '../sources/image-sources.ts';

/** The part of an image config with the triggers (Docker image specification 1.2, `OnBuild`). */
interface TriggerConfig {
  readonly config?: { readonly OnBuild?: unknown } | null;
}

/** The maximum number of platforms of a base image that are read. */
const maxPlatforms = 50;

/** The triggers that were read, by base image and platforms: images of one build share their base images. */
export type ReadTriggers = Map<string, Promise<readonly string[]>>;

/**
 * Finds what `ONBUILD` instructions of base images download that can change: the Dockerfile does not show it, so that
 * it is not in the fingerprint. Reads base images in ECR only. buildx does not print `ONBUILD` instructions of others.
 *
 * @returns the reason not to reuse the image; undefined if there is none
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

/** Returns the triggers of all platforms that the image is built from. */
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

/** Without a platform of that name all children count: BuildKit finds the closest one. */
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

/** Returns the remote sources and images that the triggers use, apart from stages of the Dockerfile. */
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
