import { forAll, waitForAll } from '@towpath/concurrency';
import { CodedError, OutsideError } from '@towpath/errors';
import type { Digest } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';
import { knownSource } from './known-source.ts';
import { maxAttachmentBytes, maxAttachmentDepth, maxAttachments } from './limits.ts';
import { blobsOf, childrenOf, type Manifest } from './manifest.ts';
import { SetLimits } from './reading-limits.ts';
import { readManifests, type ContentSource } from './survey.ts';

/** A manifest about another manifest: a signature, an SBOM, a provenance. */
export interface Attachment {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string;
  /** The manifest that it is about. */
  readonly subject: Digest;
  /** The tag that points at it, in the tag scheme. Absent if the registry lists it as a referrer. */
  readonly tag?: string;
  /** The tag of the index that lists it, in the tag scheme. Such an index is an attachment of its own. */
  readonly listedIn?: string;
}

/** The attachments of an image, and their own attachments. */
export interface Attachments {
  readonly list: readonly Attachment[];
  /** Their manifests without those of the image, subjects and children first. */
  readonly manifests: readonly Manifest[];
}

/** A repository in which attachments are found. */
export interface AttachmentSource extends Pick<ContentSource, 'manifest'> {
  /**
   * Returns the referrers of a manifest as the registry lists them; none if the registry does not list referrers.
   *
   * @throws OutsideError `access-denied`, …
   */
  referrers(subject: Digest): Promise<readonly ReferrerDescriptor[]>;
  /** Returns the manifests of the tags that exist. */
  tagged(tags: readonly string[]): Promise<ReadonlyMap<string, Manifest>>;
}

/** A referrer as a registry lists it. */
export type ReferrerDescriptor = Pick<Descriptor, 'digest' | 'mediaType' | 'artifactType'>;

const howToSkip = 'To leave out all signatures, SBOMs and other attachments, set attestations: skip.';

/** The maximum number of concurrent lists of referrers. */
const concurrentLists = 8;

/**
 * The tags that cosign writes beside an image (cosign, "Signature storage specification"). Its oldest versions have no
 * other way.
 */
const cosignSuffixes = ['.sig', '.att', '.sbom'];

/** Returns the tag of the index that lists referrers (OCI distribution 1.1, "Referrers Tag Schema"). */
export function referrersTag(subject: Digest): string {
  return subject.replace(':', '-');
}

/** Returns the tags that can refer to attachments of a manifest. */
export function attachmentTags(subject: Digest): readonly string[] {
  const tag = referrersTag(subject);
  return [tag, ...cosignSuffixes.map((suffix) => `${tag}${suffix}`)];
}

/**
 * Finds everything that is attached to an image: the referrers that the registry lists, and the artifacts under tags
 * such as `sha256-<hex>` and `sha256-<hex>.sig`, for the image, its children, and the attachments themselves. Both
 * ways are always read, because programs chose one or the other when they pushed.
 *
 * @param image all manifests of the image
 * @param name of the image, for messages
 * @throws CodedError if an attachment is listed but cannot be read, `image-unsupported` if there are too many
 */
export async function findAttachments(
  source: AttachmentSource,
  image: readonly Manifest[],
  name: string,
  set: SetLimits = new SetLimits(),
): Promise<Attachments> {
  const known = new Map(image.map((manifest) => [manifest.digest, manifest]));
  const list = new Map<string, Attachment>();
  const manifests: Manifest[] = [];
  let subjects = [...known.keys()];
  for (let depth = 1; subjects.length > 0; depth += 1) {
    const level = await readLevel(source, subjects);
    if (level.length > 0 && depth > maxAttachmentDepth)
      throw beyond(name, `${maxAttachmentDepth} levels of attachments on attachments`);
    for (const { attachment } of level) addTo(list, attachment);
    requireCount(name, list.size);
    const read = await readRoots(source, level, known, name, set);
    manifests.push(...read);
    requireCount(name, manifests.length);
    requireBytes(name, manifests);
    for (const manifest of read) known.set(manifest.digest, manifest);
    subjects = read.map(({ digest }) => digest);
  }
  return { list: withTypes([...list.values()], known), manifests };
}

/** A referrer that the registry lists counts once, even if an index under a tag lists it too. */
function addTo(list: Map<string, Attachment>, attachment: Attachment): void {
  const key = `${attachment.digest} ${attachment.subject} ${attachment.tag ?? ''}`;
  if (!list.has(key)) list.set(key, attachment);
}

interface Found {
  readonly attachment: Attachment;
  /** Its manifest, if it was read with its tag. */
  readonly manifest?: Manifest;
}

async function readLevel(source: AttachmentSource, subjects: readonly Digest[]): Promise<readonly Found[]> {
  const [listed, tagged] = await waitForAll([
    forAll(subjects, async (subject) => ({ subject, referrers: await source.referrers(subject) }), {
      limit: concurrentLists,
    }),
    source.tagged(subjects.flatMap(attachmentTags)),
  ]);
  const byRegistry = listed.flatMap(({ subject, referrers }) =>
    referrers.map((referrer): Found => ({ attachment: attachmentOf(referrer, subject) })),
  );
  const byTag = subjects.flatMap((subject) =>
    attachmentTags(subject).flatMap((tag): Found[] => {
      const manifest = tagged.get(tag);
      if (manifest === undefined) return [];
      const entries = tag === referrersTag(subject) ? childrenOf(manifest) : [];
      return [
        { attachment: attachmentOf(manifest, subject, { tag }), manifest },
        ...entries.map((entry) => ({ attachment: attachmentOf(entry, subject, { listedIn: tag }) })),
      ];
    }),
  );
  return [...byRegistry, ...byTag];
}

function attachmentOf(
  { digest, mediaType, artifactType = '' }: ReferrerDescriptor,
  subject: Digest,
  found: Pick<Attachment, 'tag' | 'listedIn'> = {},
): Attachment {
  return { digest, mediaType, artifactType, subject, ...found };
}

/** Reads the manifests that are not known yet. The entries of an index under a tag are its children. */
async function readRoots(
  source: AttachmentSource,
  level: readonly Found[],
  known: ReadonlyMap<Digest, Manifest>,
  name: string,
  set: SetLimits,
): Promise<readonly Manifest[]> {
  const roots = new Map(level.map(({ attachment }) => [attachment.digest, attachment]));
  const tagged = level.flatMap(({ manifest }) => manifest ?? []);
  const reader = knownSource({ manifest: (one) => source.manifest(one), blob: unread }, [
    ...known.values(),
    ...tagged,
  ]);
  const missing = [...roots.values()].filter(({ digest }) => !known.has(digest));
  const read = await forAll(missing, async ({ digest, mediaType, subject }) => {
    try {
      return await readManifests(reader, { digest, mediaType }, name, { set });
    } catch (error) {
      throw unreadable(name, digest, subject, error);
    }
  });
  const found = new Map(read.flat().map((manifest) => [manifest.digest, manifest]));
  return [...found.values()].filter(({ digest }) => !known.has(digest));
}

function unread(): never {
  throw new Error('only manifests are read here');
}

/** Says which attachment cannot be read. Leaving it out would lose it. */
function unreadable(name: string, digest: Digest, subject: Digest, error: unknown): unknown {
  if (!(error instanceof CodedError)) return error;
  const message = `Attachment ${digest} of image ${name} (about ${subject}) cannot be read: ${error.message}`;
  const hint = `${error.hint ?? 'Restore it or delete it in its repository.'} ${howToSkip}`;
  if (!(error instanceof OutsideError)) return new CodedError(error.code, message, { hint, cause: error });
  const { operation, requestId } = error;
  return new OutsideError(error.code, message, { operation, requestId, hint, cause: error });
}

/** Registries do not list the type of every referrer. The config's type stands for it (OCI image spec 1.1). */
function withTypes(list: readonly Attachment[], known: ReadonlyMap<Digest, Manifest>): readonly Attachment[] {
  return list.map((attachment) => ({ ...attachment, artifactType: typeOf(attachment, known) }));
}

function typeOf({ artifactType, digest }: Attachment, known: ReadonlyMap<Digest, Manifest>): string {
  const manifest = known.get(digest);
  if (artifactType !== '' || manifest === undefined) return artifactType;
  if (manifest.artifactType !== undefined) return manifest.artifactType;
  return manifest.kind === 'image' ? manifest.config.mediaType : manifest.mediaType;
}

function requireCount(name: string, count: number): void {
  if (count > maxAttachments) throw beyond(name, `${maxAttachments} attachments`);
}

function requireBytes(name: string, manifests: readonly Manifest[]): void {
  const sizes = new Map(manifests.flatMap(blobsOf).map(({ digest, size }) => [digest, size]));
  if (sizes.values().reduce((sum, size) => sum + size, 0) > maxAttachmentBytes)
    throw beyond(name, `${maxAttachmentBytes} bytes of attachments`);
}

function beyond(name: string, limit: string): CodedError {
  return new CodedError('image-unsupported', `Image ${name} has more than ${limit}.`, {
    hint: `Delete attachments that nothing needs. ${howToSkip}`,
  });
}
