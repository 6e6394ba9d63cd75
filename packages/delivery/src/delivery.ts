import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import type { Journal, PlannedStep, Runtime } from '@towpath/flow';
import { copyImages, type Graph, type Manifest, type Transfer } from '@towpath/oci';
import type { Session, SourceRef } from '@towpath/session';
import {
  code,
  formatBytes,
  formatCount,
  formatDuration,
  md,
  table,
  type Content,
  type Markdown,
} from '@towpath/markdown';
import { formatReference, labelOf, registryUri, type Digest, type RepositoryRef } from '@towpath/reference';
import type { SkippedTemplate } from '@towpath/tags';
import {
  settleAttachments,
  writesAttachments,
  type DeliveredAttachments,
  type KeptTag,
} from './attachments.ts';
import { explainContent } from './explain-content.ts';
import { followAliases, type AliasCheck } from './follow-aliases.ts';
import { describeTag, joinTags, moveTags, type TagMove } from './tag-moves.ts';

/** An image to copy to a repository and to tag there. `publish` and `promote` both end with deliveries. */
export interface Delivery {
  /** The name of the image in the configuration. */
  readonly name: string;
  /** The manifest that the tags will point at. */
  readonly root: Manifest;
  /** The manifest digest of each platform, if they are known. */
  readonly platforms?: Readonly<Record<string, Digest>>;
  readonly location: RepositoryRef;
  /**
   * The source of the content and what the repository lacks of it. Absent if the image is already in the repository.
   */
  readonly content?: { readonly source: SourceRef; readonly graph: Graph };
  /** What is attached to the image and delivered with it. Absent if nothing is copied, or without its attachments. */
  readonly attachments?: DeliveredAttachments;
  readonly moves: readonly TagMove[];
  /** Aliases to compare with the existing versions after all tags are set. */
  readonly check?: AliasCheck;
  readonly skipped: readonly SkippedTemplate[];
  /** Whether AWS Lambda must be able to run the image. */
  readonly lambda?: boolean;
}

/** The result and duration of a delivery. */
export interface DeliveryResult {
  /** The transfers of the images that were copied. */
  readonly transfers: ReadonlyMap<Delivery, Transfer>;
  /** The tags of attachments that keep what they had in the target, because they are immutable. */
  readonly kept: ReadonlyMap<Delivery, readonly KeptTag[]>;
  readonly milliseconds: number;
}

/** The order of the writes of a delivery. */
export interface DeliveryOrder {
  /**
   * Whether the last manifest of an image is stored with a new tag, which saves a request for each image. It is stored
   * when all other content of the whole set is in place. Not used for images with attachments, which are verified first.
   */
  readonly tagsWithContent?: boolean;
  /**
   * Runs once all content and all new tags are in place, before the first moving tag is set. If it returns false, no
   * moving tag is set, because another run set them for newer images.
   */
  readonly mayMove?: () => Promise<boolean>;
}

/** Returns the steps of a delivery for the plan. Tags come after all content. */
export function describeDeliveries(deliveries: readonly Delivery[]): readonly PlannedStep[] {
  return [
    ...deliveries.flatMap((delivery) => describeContent(delivery, deliveries)),
    ...deliveries.flatMap(({ moves, root, location }) =>
      moves.map((move) => describeTag(move, root, location)),
    ),
    ...deliveries.flatMap(describeCheck),
  ];
}

function describeCheck({ location, check }: Delivery): PlannedStep[] {
  return (check?.stale ?? []).map((alias) => ({
    what: `move ${labelOf(location)}:${alias} to the highest version`,
    why: 'it names an older one',
  }));
}

function describeContent(delivery: Delivery, all: readonly Delivery[]): PlannedStep[] {
  return [...describeImage(delivery, all), ...describeAttachments(delivery)];
}

function describeAttachments({ name, location, attachments }: Delivery): PlannedStep[] {
  const { list = [], tags = [] } = attachments ?? {};
  const why = {
    put: 'the tag is new',
    there: 'nothing is missing',
    join: 'it has other attachments, which stay',
    locked: 'it is immutable',
    apart: 'it has other signatures, which stay',
  };
  return [
    ...(list.length === 0
      ? []
      : [
          {
            what: `bring ${formatCount(list.length, 'attachment')} of ${name} to ${labelOf(location)}`,
            why: 'they belong to the image',
          },
        ]),
    ...tags.map(({ tag, action }) => ({
      what: `${action === 'put' ? 'tag' : action === 'join' ? 'add to' : 'keep'} ${labelOf(location)}:${tag}`,
      why: why[action],
    })),
  ];
}

function describeImage(delivery: Delivery, all: readonly Delivery[]): PlannedStep[] {
  const { name, root, location, content } = delivery;
  if (content === undefined) return [];
  const { blobs, manifests } = content.graph;
  const label = labelOf(location);
  const missing = blobs.filter(({ present }) => !present);
  const lacking = manifests.filter(({ present }) => !present);
  if (lacking.length === 0)
    return [{ what: `keep ${root.digest} in ${label} for ${name}`, why: 'nothing is missing' }];
  const { source } = content;
  const from = source.kind === 'repository' ? labelOf(source) : undefined;
  const there = `${blobs.length - missing.length} of ${formatCount(blobs.length, 'blob')} exist there`;
  return [
    {
      what: `${from === undefined ? 'upload' : 'copy'} ${formatCount(missing.length, 'blob')} (${formatBytes(bytesOf(missing))}) and ${formatCount(lacking.length, 'manifest')} of ${name} ${from === undefined ? '' : `from ${from} `}to ${label}`,
      why: [there, ...explainContent(delivery, all)].join('; '),
    },
  ];
}

/**
 * Copies all content, then sets all tags. Sets no tag unless all images are complete, and moves no tag unless all new
 * tags are set. Aliases are set last, to the highest version.
 */
export async function deliver(
  deliveries: readonly Delivery[],
  session: Session,
  { clock, log, signal }: Pick<Runtime, 'clock' | 'log' | 'signal'>,
  journal: Journal,
  { tagsWithContent = false, mayMove = () => Promise.resolve(true) }: DeliveryOrder = {},
): Promise<DeliveryResult> {
  const started = clock.now().getTime();
  const isVerified = deliveries.some(({ attachments }) => (attachments?.list ?? []).length > 0);
  const copies = deliveries.flatMap((delivery) => {
    const { content, location } = delivery;
    if (content === undefined || !isLacking(content.graph)) return [];
    const source = session.source(content.source);
    const target = session.remote(location.registry, location.repository);
    const graph = tagsWithContent && !isVerified ? withFirstTag(content.graph, delivery) : content.graph;
    return { graph, source, target, delivery };
  });
  const lacking = new Set(copies.map(({ delivery }) => delivery));
  const untagged = new Set(deliveries.filter(({ moves }) => moves.some(isWritten)));
  const done = new Set<TagMove>();
  const placed = ({ delivery }: { readonly delivery: Delivery }, { tagged }: Transfer): void => {
    const { name, root, location, moves } = delivery;
    lacking.delete(delivery);
    journal.wrote(`${name}: content of ${root.digest} in ${labelOf(location)}`);
    for (const move of moves.filter(({ tag }) => tagged.includes(tag))) {
      done.add(move);
      journal.wrote(`${labelOf(location)}:${move.tag} names ${root.digest}`);
    }
    log.info(`${name}: ${root.digest} is in ${labelOf(location)}`);
  };
  try {
    const transfers = await copyImages(copies, placed, signal);
    const kept = await forAll(deliveries, (delivery) =>
      settle(delivery, session, { clock, signal }, journal),
    );
    for (const [index, isNext] of passes.entries()) {
      if (index === passes.length - 1 && !(await mayMove())) break;
      // Side by side: the quota of PutImage limits many images, not the distance to the registry.
      await forAll(deliveries, async (delivery) => {
        const { moves, root, location } = delivery;
        const own = moves.filter((move) => isNext(move) && !isFollower(move, delivery) && !done.has(move));
        await moveTags(own, root, location, session, journal);
        if (index === passes.length - 1) await followAliases(delivery, session, { log }, journal);
        if (!moves.some((move) => passes.slice(index + 1).some((isLater) => isLater(move))))
          untagged.delete(delivery);
      });
    }
    return {
      transfers: new Map(copies.flatMap(({ delivery }, index) => pairs(delivery, transfers[index]))),
      kept: new Map(deliveries.flatMap((delivery, index) => pairs(delivery, kept[index]))),
      milliseconds: clock.now().getTime() - started,
    };
  } catch (error) {
    throw signal.aborted ? cancelled(deliveries, lacking, untagged) : error;
  }
}

/** Marks the last manifest of an image, and lets it be stored with the first new tag. */
function withFirstTag(graph: Graph, delivery: Delivery): Graph {
  const { root, moves } = delivery;
  const first = moves.find((move) => passes[0]?.(move) === true && !isFollower(move, delivery));
  if (first === undefined) return graph;
  const manifests = graph.manifests.map((move) =>
    move.manifest.digest === root.digest ? { ...move, tag: first.tag, isLast: true } : move,
  );
  return { ...graph, manifests };
}

/** Returns whether the tag is an alias, which is set to the highest version at the end. */
function isFollower({ tag }: TagMove, { check }: Delivery): boolean {
  return check?.aliases.includes(tag) === true;
}

async function settle(
  { name, location, content, attachments }: Delivery,
  session: Session,
  runtime: Pick<Runtime, 'clock' | 'signal'>,
  journal: Journal,
): Promise<readonly KeptTag[]> {
  if (content === undefined || attachments === undefined) return [];
  return settleAttachments({ name, location, graph: content.graph, attachments }, session, runtime, journal);
}

/** Returns the error of a cancelled delivery, with what is missing. */
function cancelled(
  deliveries: readonly Delivery[],
  lacking: ReadonlySet<Delivery>,
  untagged: ReadonlySet<Delivery>,
): CodedError {
  const list = (some: readonly Delivery[]) => some.map(({ name }) => name).join(', ') || 'none';
  const sentences = [
    'The run was cancelled.',
    `Images in place: ${list(deliveries.filter((one) => !lacking.has(one)))}.`,
    `Images not in place: ${list([...lacking])}.`,
    `Images without all their tags: ${list([...untagged])}.`,
  ];
  return new CodedError('cancelled', sentences.join(' '), {
    hint: 'Run it again: it uploads and tags only what is missing.',
  });
}

/** The order in which the tags of a set are set. The tag of a version must exist before an alias points at it. */
const passes: readonly ((move: TagMove) => boolean)[] = [
  ({ action, isMoving }) => action === 'put' && !isMoving,
  ({ action, isMoving }) => action === 'move' && !isMoving,
  ({ isMoving }) => isMoving,
];

function isWritten(move: TagMove): boolean {
  return passes.some((isNext) => isNext(move));
}

function pairs<K, V>(key: K, value: V | undefined): [K, V][] {
  return value === undefined ? [] : [[key, value]];
}

/** Returns the outputs about the delivered images. Outputs for a single image are empty if there are several. */
export function deliveryOutputs(deliveries: readonly Delivery[]): Record<string, string> {
  const delivered = deliveries.map(
    ({ name, location: { registry, repository }, root, moves, platforms }) => ({
      name,
      registry: registryUri(registry),
      repository,
      digest: root.digest,
      tags: moves.map(({ tag }) => tag),
      image: formatReference({ host: registryUri(registry), repository, digest: root.digest }),
      platforms,
    }),
  );
  const [only] = delivered.length === 1 ? delivered : [];
  return {
    images: JSON.stringify(delivered),
    image: only?.image ?? '',
    digest: only?.digest ?? '',
    tags: only?.tags.join('\n') ?? '',
    repository: only?.repository ?? '',
    registry: only?.registry ?? '',
    digests: JSON.stringify(
      Object.fromEntries(delivered.map(({ name, repository, digest }) => [name, `${repository}@${digest}`])),
    ),
  };
}

/** Returns the summary table, with one row per image. */
export function deliveryTable(deliveries: readonly Delivery[], { transfers }: DeliveryResult): Markdown {
  return table(
    ['Image', 'Repository', 'Digest', 'Size', 'Tags', 'Sent', 'Reused', 'Time'],
    deliveries.map((delivery) => row(delivery, transfers.get(delivery))),
  );
}

function row({ name, location, root, content, moves }: Delivery, transfer: Transfer | undefined): Content[] {
  const size = content === undefined ? undefined : bytesOf(content.graph.blobs);
  const sent = transfer?.uploaded ?? 0;
  return [
    name,
    code(labelOf(location)),
    code(root.digest),
    size === undefined ? '' : formatBytes(size),
    joinTags(moves),
    formatBytes(sent),
    size === undefined ? 'all of it' : formatBytes(size - sent),
    transfer === undefined ? '' : formatDuration(transfer.milliseconds),
  ];
}

/** Returns whether the delivery writes anything. */
export function isChange({ content, attachments, moves, check }: Delivery): boolean {
  return (
    (content !== undefined && isLacking(content.graph)) ||
    writesAttachments(attachments) ||
    moves.some(({ action }) => action !== 'there') ||
    (check?.stale ?? []).length > 0
  );
}

/** Returns the duration of the delivery, or says that there was nothing to do. */
export function describeEnd({ milliseconds }: DeliveryResult, isChanged: boolean): Content {
  return isChanged
    ? md`In ${formatDuration(milliseconds)}.`
    : 'Everything was there already: nothing was written.';
}

function isLacking({ manifests }: Graph): boolean {
  return manifests.some(({ present }) => !present);
}

function bytesOf(blobs: Graph['blobs']): number {
  return blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
}
