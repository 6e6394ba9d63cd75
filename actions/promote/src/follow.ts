import type { Delivery } from '@towpath/delivery';
import { findImages, listTags, tagImage } from '@towpath/ecr';
import type { Journal, Runtime } from '@towpath/flow';
import { entryTag, type EnvironmentEntry } from '@towpath/ledger';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { haveAliases, renderTags } from '@towpath/tags';
import type { PlannedRecord } from './record.ts';
import { readLast } from './write-next.ts';

/** An image whose tags a run moves. */
type Moved = Pick<Delivery, 'name' | 'location' | 'moves'>;

/** Each round handles an entry that was written during the previous round. */
const maxRounds = 20;

/**
 * Makes the moving tags that this run set follow the newest entry of the environment. Another run may have written a
 * newer entry, and moved its tags, before this run moved its own.
 *
 * Every run writes its entry before it moves tags, and reads the newest entry before the first and after the last tag
 * that it moves. So the run that moves a tag last sees the newest entry.
 *
 * @param own the entry of this run
 * @returns the newer entry of another run; undefined if the entry of this run is the newest
 */
export async function followNewest(
  deliveries: readonly Moved[],
  record: PlannedRecord,
  own: EnvironmentEntry,
  session: Session,
  { log }: Pick<Runtime, 'log'>,
  journal: Journal,
): Promise<EnvironmentEntry | undefined> {
  const moved = deliveries.filter(isMoved);
  if (moved.length === 0) return undefined;
  let followed = own;
  for (let round = 0; round < maxRounds; round += 1) {
    const newest = await readLast(record, session);
    if (newest === undefined || newest.number <= followed.number)
      return followed === own ? undefined : followed;
    for (const delivery of moved) await follow(delivery, newest, record, session, journal);
    log.info(
      `The tags follow ${entryTag(newest.environment, newest.number)}, which is newer: ${newest.version}`,
    );
    followed = newest;
  }
  const message = `The tags of ${own.environment} may not follow its newest entry, because other runs kept writing entries. Promote the newest version again.`;
  log.annotate({ level: 'warning', message });
  return followed;
}

/** Returns whether an entry is still the newest of its environment. */
export async function isNewest(
  { number }: EnvironmentEntry,
  record: PlannedRecord,
  session: Session,
): Promise<boolean> {
  return ((await readLast(record, session))?.number ?? 0) <= number;
}

/** Returns whether a delivery changes a moving tag. */
export function isMoved({ moves }: Pick<Delivery, 'moves'>): boolean {
  return moves.some(isMovedTag);
}

function isMovedTag({ isMoving, action }: Delivery['moves'][number]): boolean {
  return isMoving && action !== 'there';
}

async function follow(
  { name, location, moves }: Moved,
  newest: EnvironmentEntry,
  { tags: { templates, facts } }: PlannedRecord,
  session: Session,
  journal: Journal,
): Promise<void> {
  const image = newest.images.find((one) => one.name === name && one.repository === location.repository);
  if (image === undefined) return;
  const ecr = session.ecr(location.registry);
  const known = { ...facts, image: name, version: image.version };
  // A rollback takes aliases such as `latest` with it, although a higher version exists.
  const needsVersions = newest.kind !== 'rollback' && haveAliases(templates);
  const taken = needsVersions ? await listTags(ecr, location.repository) : [];
  const wanted = renderTags(templates, known, taken).moving;
  const own = moves.filter(isMovedTag).map(({ tag }) => tag);
  const root = (await findImages(ecr, location.repository, [image.digest])).get(image.digest);
  if (root === undefined) return;
  for (const tag of own.filter((one) => wanted.includes(one))) {
    await tagImage(ecr, location.repository, root, tag, true);
    journal.wrote(`${labelOf(location)}:${tag} names ${root.digest}`);
  }
}
