import { forAll, waitForAll } from '@towpath/concurrency';
import {
  allReferrers,
  exceptTagsCommand,
  findImages,
  isTagLocked,
  tagImage,
  type Repository,
} from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Annotation, Journal, Runtime } from '@towpath/flow';
import { code, md, table, type Content, type Markdown } from '@towpath/markdown';
import {
  childrenOf,
  joinAttachments,
  referrersTag,
  type Attachment,
  type Attachments,
  type Graph,
  type Manifest,
} from '@towpath/oci';
import { labelOf, type Digest, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';

/** The signatures, SBOMs and other attachments of an image that are delivered with it. */
export interface DeliveredAttachments {
  readonly list: readonly Attachment[];
  /** The tags of the tag scheme, such as `sha256-<hex>.sig`, with the manifests in the source. */
  readonly tags: readonly AttachmentTag[];
  readonly settings: Pick<Repository, 'mutability' | 'exclusions'>;
}

/** A tag of the tag scheme. */
export interface AttachmentTag {
  readonly tag: string;
  readonly manifest: Manifest;
  readonly action: TagAction;
}

/**
 * - `put`: the target does not have the tag.
 * - `there`: everything under the tag is already in the target.
 * - `join`: the target has other attachments under the tag. Those of the source are added.
 * - `locked`: as `join`, but the tag is immutable.
 * - `apart`: both have signatures that the other lacks, and a signature cannot be joined without a new manifest.
 */
export type TagAction = 'put' | 'there' | 'join' | 'locked' | 'apart';

/** A tag that keeps what it had in the target. */
export interface KeptTag {
  readonly tag: string;
  readonly action: 'locked' | 'apart';
}

/** The manifests in the target by tag or digest. */
type Holders = ReadonlyMap<string, Manifest>;

/** Plans the tags of attachments, by what they point at in the target. */
export function planAttachments(
  { list, manifests }: Attachments,
  holders: Holders,
  settings: DeliveredAttachments['settings'],
): DeliveredAttachments {
  const known = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  const tags = list.flatMap(({ tag, digest }): AttachmentTag[] => {
    const manifest = known.get(digest);
    if (tag === undefined || manifest === undefined) return [];
    return [{ tag, manifest, action: actionOf(tag, manifest, holders.get(tag), settings) }];
  });
  return { list, tags, settings };
}

function actionOf(
  tag: string,
  manifest: Manifest,
  held: Manifest | undefined,
  settings: DeliveredAttachments['settings'],
): TagAction {
  if (held === undefined) return 'put';
  const joint = joinAttachments(held, manifest);
  if (joint === undefined) return 'apart';
  if (joint.digest === held.digest) return 'there';
  return isTagLocked(tag, settings) ? 'locked' : 'join';
}

/**
 * Returns the digests of manifests that the target does not need: what it has under their tag already contains all of
 * them, or a joint index replaces them.
 */
export function replacedManifests(
  { list, tags }: DeliveredAttachments,
  holders: Holders,
): ReadonlySet<Digest> {
  const referrers = new Set(list.filter(({ tag }) => tag === undefined).map(({ digest }) => digest));
  const replaced = tags.filter(({ tag, manifest }) => {
    const held = holders.get(tag);
    return held !== undefined && joinAttachments(held, manifest)?.digest !== manifest.digest;
  });
  return new Set(replaced.map(({ manifest }) => manifest.digest).filter((digest) => !referrers.has(digest)));
}

/** Sets the tags that the target does not have together with their manifests, which saves a request for each. */
export function withTags(graph: Graph, { tags }: DeliveredAttachments): Graph {
  const byDigest = new Map(
    tags.filter(({ action }) => action === 'put').map(({ tag, manifest }) => [manifest.digest, tag]),
  );
  return {
    ...graph,
    manifests: graph.manifests.map((move) => {
      const tag = byDigest.get(move.manifest.digest);
      return tag === undefined || move.present ? move : { ...move, tag };
    }),
  };
}

/** Whether any tag of an attachment is written. */
export function writesAttachments(attachments: DeliveredAttachments | undefined): boolean {
  return (attachments?.tags ?? []).some(({ action }) => action === 'put' || action === 'join');
}

/** Another promotion may write the same tags, and a registry may list a referrer late. */
const maxRounds = 6;

/** Milliseconds before the second round; each later one waits twice as long. */
const firstWait = 500;

/** What {@link settleAttachments} needs of a delivery. */
export interface SettledImage {
  readonly name: string;
  readonly location: RepositoryRef;
  readonly graph: Graph;
  readonly attachments: DeliveredAttachments;
}

/**
 * Sets the tags of attachments and reads everything back from the target: each attachment by its digest, each tag, and
 * the registry's own list of referrers. A tag with other attachments is joined, never overwritten.
 *
 * @returns the tags that keep what they had
 * @throws CodedError `image-missing` that lists what did not arrive
 */
export async function settleAttachments(
  image: SettledImage,
  session: Session,
  { clock, signal }: Pick<Runtime, 'clock' | 'signal'>,
  journal: Journal,
): Promise<readonly KeptTag[]> {
  const { name, location, attachments } = image;
  if (attachments.list.length === 0) return [];
  for (let round = 0; ; round += 1) {
    const state = await readBack(image, session);
    const tags = attachments.tags.map((one) => ({
      ...one,
      action: actionOf(one.tag, one.manifest, state.held.get(one.tag), attachments.settings),
    }));
    const pending = tags.filter(({ action }) => action === 'put' || action === 'join');
    if (pending.length === 0 && state.missing.length === 0)
      return tags.flatMap(({ tag, action }): KeptTag[] =>
        action === 'locked' || action === 'apart' ? [{ tag, action }] : [],
      );
    if (round === maxRounds)
      throw notArrived(name, location, [...state.missing, ...pending.map(({ tag }) => tag)]);
    if (round > 0) await clock.sleep(firstWait * 2 ** (round - 1), signal);
    for (const { tag, manifest } of pending)
      await setTag(tag, manifest, state.held.get(tag), location, session, journal);
  }
}

async function setTag(
  tag: string,
  manifest: Manifest,
  held: Manifest | undefined,
  location: RepositoryRef,
  session: Session,
  journal: Journal,
): Promise<void> {
  const joint = held === undefined ? manifest : joinAttachments(held, manifest);
  if (joint === undefined) return;
  try {
    await tagImage(session.ecr(location.registry), location.repository, joint, tag, held !== undefined);
  } catch (error) {
    // Another promotion set the immutable tag in between. The next round reads what it set.
    if (error instanceof CodedError && error.code === 'tag-conflict') return;
    throw error;
  }
  journal.wrote(`${labelOf(location)}:${tag} names ${joint.digest}`);
}

/** What the target has of an image's attachments. */
interface TargetState {
  readonly held: Holders;
  /** Digests that the target does not have, or does not list as referrers. */
  readonly missing: readonly Digest[];
}

async function readBack(
  { location, graph, attachments }: SettledImage,
  session: Session,
): Promise<TargetState> {
  const { registry, repository } = location;
  const ecr = session.ecr(registry);
  const digests = attachments.list.filter(({ tag }) => tag === undefined).map(({ digest }) => digest);
  const referrers = graph.manifests.flatMap(({ manifest: { digest, subject } }) =>
    subject === undefined ? [] : [{ digest, subject: subject.digest }],
  );
  const subjects = [...new Set(referrers.map(({ subject }) => subject))];
  // A public registry may list referrers only under the tag of their subject.
  const lists = registry.kind === 'public' ? subjects.map(referrersTag) : [];
  const [held, listed] = await waitForAll([
    findImages(ecr, repository, [...digests, ...attachments.tags.map(({ tag }) => tag), ...lists]),
    forAll(subjects, async (subject) => {
      const found = await allReferrers(ecr, repository, subject);
      return found.map(({ digest }) => `${digest} ${subject}`);
    }),
  ]);
  const known = new Set([
    ...listed.flat(),
    ...subjects.flatMap((subject) =>
      childrenOf(held.get(referrersTag(subject))).map(({ digest }) => `${digest} ${subject}`),
    ),
  ]);
  const missing = [
    ...digests.filter((digest) => !held.has(digest)),
    ...referrers
      .filter(({ digest, subject }) => !known.has(`${digest} ${subject}`))
      .map(({ digest }) => digest),
  ];
  return { held, missing: [...new Set(missing)] };
}

function notArrived(name: string, location: RepositoryRef, missing: readonly string[]): CodedError {
  return new CodedError(
    'image-missing',
    `${missing.length} attachments of image ${name} did not arrive in ${labelOf(location)}: ${missing.slice(0, 10).join(', ')}.`,
    {
      hint: 'Run it again: only what is missing is copied. If it fails again, check which lifecycle rule or job removes untagged images there.',
    },
  );
}

/** The maximum number of rows in the summary. */
const maxRows = 100;

/** Returns the summary table of the attachments that arrived; undefined if there are none. */
export function attachmentTable(
  images: readonly { readonly name: string; readonly attachments?: DeliveredAttachments }[],
): Markdown | undefined {
  const all = images.flatMap(({ name, attachments }) =>
    (attachments?.list ?? []).map((attachment) => ({ name, ...attachment })),
  );
  if (all.length === 0) return undefined;
  const rows = all
    .slice(0, maxRows)
    .map(({ name, artifactType, digest, subject, tag, listedIn }) => [
      name,
      artifactType,
      code(digest),
      code(subject),
      foundAs(tag, listedIn),
    ]);
  const more = all.length - rows.length;
  return table(
    ['Image', 'Attachment', 'Digest', 'About', 'Found as'],
    more === 0 ? rows : [...rows, [md`${more} more`, '', '', '', '']],
  );
}

function foundAs(tag: string | undefined, listedIn: string | undefined): Content {
  if (tag !== undefined) return code(tag);
  return listedIn === undefined ? 'referrer' : md`listed in ${code(listedIn)}`;
}

/** Returns a warning for each tag that keeps what it had in the target. */
export function annotateKept(name: string, location: RepositoryRef, kept: readonly KeptTag[]): Annotation[] {
  return kept.map(({ tag, action }) => ({
    level: 'warning',
    message: describeKept(name, location, tag, action),
  }));
}

function describeKept(name: string, location: RepositoryRef, tag: string, action: KeptTag['action']): string {
  const where = `${labelOf(location)}:${tag}`;
  const { registry, repository } = location;
  if (action === 'apart')
    return `${name}: ${where} has signatures that the source lacks, and was not changed. Some signatures of the source are not in the target. Sign the image again there.`;
  const fix =
    registry.kind === 'public'
      ? ''
      : ` To let such tags change, run: ${exceptTagsCommand(registry, repository, ['sha256-*'])}`;
  return `${name}: ${where} is immutable and lists other attachments, so it was not changed. The attachments arrived, but programs that read only this tag do not find them.${fix}`;
}
