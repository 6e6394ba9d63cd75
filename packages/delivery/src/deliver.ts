import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import type { Journal, Runtime } from '@towpath/flow';
import { copyImages, type Graph, type Transfer } from '@towpath/oci';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { settleAttachments, type KeptTag } from './attachments.ts';
import { isLacking, type Delivery } from './delivery.ts';
import { followAliases } from './follow-aliases.ts';
import { moveTags, type TagMove } from './tag-moves.ts';

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
