import { forAll } from '@towpath/concurrency';
import type { ImageConfig } from '@towpath/config';
import { allReferrers, findImages } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { readImageSet } from '@towpath/image-set';
import {
  attestationType,
  Layout,
  materialsOf,
  readConfig,
  type ContentSource,
  type ImageManifest,
  type Manifest,
  type RemoteRepository,
} from '@towpath/oci';
import { pullThroughCaches } from '@towpath/project';
import {
  formatReference,
  isDigest,
  parseReference,
  throughCache,
  type Digest,
  type Platform,
  type PrivateRegistry,
  type PullThroughCache,
  type Reference,
} from '@towpath/reference';
import { isBase, parsePackageUrl, type Layer } from '@towpath/scan-policy';
import type { Session } from '@towpath/session';
import * as z from 'zod';
import { baseName } from './base-name.ts';
import type { BaseLayers, ScannedImage } from './scanned-image.ts';

/** What the rules for the base image need. They are read only if a policy has such rules. */
export interface BaseOptions {
  readonly images: readonly ImageConfig[];
  /** The pull-through caches that base images are pulled from, by upstream. */
  readonly pullThrough: ReadonlyMap<string, PrivateRegistry>;
}

/** Where the manifests and blobs of an image are. */
export interface ImageContent {
  readonly source: Pick<ContentSource, 'manifest' | 'blob'>;
  /** Returns the attestations of a manifest. */
  readonly attestations: (subject: Digest) => Promise<readonly Manifest[]>;
}

/** The maximum number of base images that are compared with an image. */
const maxCandidates = 10;

const imageConfig = z.object({
  os: z.string().catch('linux'),
  architecture: z.string().catch(''),
  variant: z.string().optional().catch(undefined),
  rootfs: z.object({ diff_ids: z.array(z.string().refine(isDigest)).max(1000) }),
});

/**
 * Finds which layers of images are those of their base images. The Dockerfile of the checkout names the base image. Its
 * digest is the one in the `FROM` line or in the provenance of the image, otherwise that of the tag now. It counts only
 * if the repository of the `FROM` line has it, and if its layers are the lowest ones of the image: provenance is a claim
 * of the build.
 *
 * Whatever cannot be read makes the base image unknown, and then its rules and those of the application both apply.
 *
 * @throws CodedError `cancelled`
 */
export async function withBaseLayers(
  images: readonly ScannedImage[],
  open: (image: ScannedImage) => ImageContent,
  { images: configured, pullThrough }: BaseOptions,
  session: Session,
  runtime: Runtime,
): Promise<readonly ScannedImage[]> {
  const found = await pullThroughCaches(pullThrough, session, runtime.log).catch(unlessCancelled);
  const caches = 'why' in found ? [] : found;
  return forAll(images, async (image) => {
    const config = configured.find(({ name }) => name === image.name);
    const content = open(image);
    const layers = await forAll(image.scans, async ({ subject: { digest } }) => {
      const one: BaseLayers =
        config === undefined
          ? { why: `the configuration has no image ${image.name}` }
          : await find(image.name, digest, content, config, { caches, session, runtime }).catch(
              unlessCancelled,
            );
      return [digest, one] as const;
    });
    return { ...image, layers: Object.fromEntries(layers) };
  });
}

/** Returns the content of images in private registries. */
export function registryContent(session: Session): (image: ScannedImage) => ImageContent {
  return ({ name, location }) => {
    if (location === undefined) throw new Error(`${name} is not in a registry`);
    const { registry, repository } = location;
    const ecr = session.ecr(registry);
    return {
      source: session.reader(registry, repository),
      attestations: async (subject) => {
        const referrers = await allReferrers(ecr, repository, subject);
        const digests = referrers.flatMap(({ artifactType, digest }) =>
          artifactType === attestationType ? [digest] : [],
        );
        return [...(await findImages(ecr, repository, digests.slice(0, maxCandidates))).values()];
      },
    };
  };
}

/** Returns the content of images in an image set, whose attestations `build` wrote into it. */
export function layoutContent(folder: string): (image: ScannedImage) => ImageContent {
  const layout = new Layout(folder);
  return ({ name }) => ({
    source: layout,
    attestations: async (subject) => {
      const { images } = await readImageSet(folder);
      const attestations = images.find((one) => one.name === name)?.attestations ?? [];
      const own = attestations.filter((one) => one.subject === subject).slice(0, maxCandidates);
      return forAll(own, (one) => layout.manifest(one));
    },
  });
}

/** What finding a base image needs. */
interface Means {
  readonly caches: readonly PullThroughCache[];
  readonly session: Session;
  readonly runtime: Runtime;
}

function unlessCancelled(error: unknown): { readonly why: string } {
  if (error instanceof CodedError && error.code !== 'cancelled') return { why: error.message };
  throw error;
}

async function find(
  name: string,
  digest: Digest,
  { source, attestations }: ImageContent,
  config: ImageConfig,
  { caches, session, runtime }: Means,
): Promise<BaseLayers> {
  const manifest = await source.manifest({ digest, mediaType: '' });
  if (manifest.kind === 'index') return { why: `${digest} is an index` };
  const { platform, layers } = await read(manifest, source, name);
  const base = await baseName(config, platform, runtime);
  if (base === 'scratch') return { layers: { image: layers, base: 'scratch' } };
  if ('why' in base) return base;
  const address = throughCache(base.reference, caches) ?? base.reference;
  const repository = session.anyRemote(address.host, address.repository);
  const statements = address.digest === undefined ? await attestations(digest) : [];
  const claimed = (await forAll(statements, (one) => materialsOf(one, source))).flat();
  const candidates = [
    ...(address.digest === undefined
      ? claimed.flatMap((one) => digestOfBase(one, [base.reference, address]))
      : []),
    address.digest ?? address.tag ?? 'latest',
  ];
  for (const candidate of new Set(candidates.slice(0, maxCandidates))) {
    for (const own of await manifestsOf(candidate, repository, platform)) {
      const below = { image: layers, base: (await read(own, repository, name)).layers };
      if (isBase(below)) return { layers: below };
    }
  }
  const label = formatReference(base.reference);
  return {
    why: `the lowest layers of ${name} are not those of ${label} now. Write the digest of its base image into ${base.where}`,
  };
}

/** Returns the digest of a material of the provenance that is the base image, under its own name or that of a cache. */
function digestOfBase(
  { uri, digest }: { readonly uri: string; readonly digest: Digest },
  names: readonly Reference[],
): readonly Digest[] {
  const { type, namespace = '', name = '' } = parsePackageUrl(uri) ?? {};
  const reference =
    type === 'docker' ? parseReference(namespace === '' ? name : `${namespace}/${name}`) : undefined;
  const isBaseImage = names.some(
    ({ host, repository }) => host === reference?.host && repository === reference.repository,
  );
  return isBaseImage ? [digest] : [];
}

/** Returns the manifests that an index, or a single image, has for a platform. Their variants may differ. */
async function manifestsOf(
  tagOrDigest: string,
  repository: RemoteRepository,
  { os, architecture }: Platform,
): Promise<readonly ImageManifest[]> {
  const root = await repository.find(tagOrDigest);
  if (root === undefined) return [];
  if (root.kind === 'image') return [root];
  const children = root.manifests.filter(
    ({ platform }) => platform?.os === os && platform.architecture === architecture,
  );
  const manifests = await forAll(children.slice(0, maxCandidates), (child) => repository.manifest(child));
  return manifests.flatMap((one) => (one.kind === 'image' ? [one] : []));
}

async function read(
  manifest: ImageManifest,
  source: Pick<ContentSource, 'blob'>,
  name: string,
): Promise<{ readonly platform: Platform; readonly layers: readonly Layer[] }> {
  const { success, data } = imageConfig.safeParse(await readConfig(source, manifest, name));
  if (!success)
    throw new CodedError('image-unsupported', `The config of ${manifest.digest} lists no layers.`, {
      hint: 'Build the image again.',
    });
  const { rootfs, variant, ...platform } = data;
  const { layers } = manifest;
  // Layers without content are in both lists. Another number of them means that the lists do not belong together.
  const isPaired = layers.length === rootfs.diff_ids.length;
  return {
    platform: variant === undefined ? platform : { ...platform, variant },
    layers: rootfs.diff_ids.map((diffId, index) => {
      const digest = isPaired ? layers[index]?.digest : undefined;
      return digest === undefined ? { diffId } : { diffId, digest };
    }),
  };
}
