import { CodedError } from '@towpath/errors';
import type { Journal } from '@towpath/flow';
import {
  entryTag,
  isBesideLedger,
  isSameImages,
  nextEntry,
  readHistory,
  writeEnvironmentEntry,
  type EnvironmentEntry,
} from '@towpath/ledger';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { PlannedRecord } from './record.ts';

/** Each round loses against another run. More than this many at once is not plausible. */
const maxRounds = 20;

/**
 * Writes the entry of this run. If another run was faster, plans again from its entry.
 *
 * @param last the last entry
 * @param isChanged whether it differs from the last entry of the plan
 * @returns the entry that lists the images of this run. It is another run's if that one delivered the same images
 * @throws CodedError `older-version` or `plan-outdated` if the environment may not change any more
 */
export async function writeNext(
  record: PlannedRecord,
  last: EnvironmentEntry | undefined,
  isChanged: boolean,
  session: Session,
  journal: Journal,
): Promise<EnvironmentEntry> {
  const { ledger, request } = record;
  if (request === undefined) throw new Error('only a recorded promotion has an entry');
  let newest = last;
  let entry = isChanged ? plannedAgain(record, last) : record.entry;
  for (let round = 0; round < maxRounds; round += 1) {
    if (entry === undefined) {
      if (newest === undefined) throw new Error('without entries there is one to write');
      return newest;
    }
    if ((await writeEnvironmentEntry(ledger.location, entry, session)) === 'put') {
      journal.wrote(`entry ${entryTag(entry.environment, entry.number)} in ${labelOf(ledger.location)}`);
      return entry;
    }
    newest = await readLast(record, session);
    entry = plannedAgain(record, newest);
  }
  throw outdated(request.environment, `${maxRounds} other runs wrote entries at the same time`);
}

/** Returns the entry that follows another run's entry; undefined if that one has the same images. */
function plannedAgain(
  { request, last }: PlannedRecord,
  newest: EnvironmentEntry | undefined,
): EnvironmentEntry | undefined {
  if (request === undefined) return undefined;
  const { entry, problems } = nextEntry(request, newest);
  if (entry === undefined || newest === undefined) return entry;
  const run = newest.run === undefined ? '' : ` (${newest.run})`;
  const tag = entryTag(request.environment, newest.number);
  if (newest.kind === 'rollback' && newest.number !== last?.number)
    throw outdated(request.environment, `another run rolled it back to ${newest.version} with ${tag}${run}`);
  if (request.kind === 'rollback' && last !== undefined && !isSameImages(newest.images, last.images))
    throw outdated(request.environment, `another run delivered ${newest.version} with ${tag}${run}`);
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${request.environment} changed meanwhile: ${count} problems.`);
  return entry;
}

/** Reads the last entry of the environment again. */
export async function readLast(
  { ledger: { location }, request, last }: PlannedRecord,
  session: Session,
): Promise<EnvironmentEntry | undefined> {
  if (request === undefined) return undefined;
  const known = new Set([...request.images, ...(last?.images ?? [])].map(({ repository }) => repository));
  const isOwn = (image: EnvironmentEntry['images'][number]) =>
    known.has(image.repository) || isBesideLedger(image, location);
  return (await readHistory(session, location, request.environment, { isOwn }))?.[0];
}

function outdated(environment: string, why: string): CodedError {
  return new CodedError('plan-outdated', `${environment} changed while this run was in progress: ${why}.`, {
    hint: 'Check what the environment runs now. If you still want this promotion, run it again.',
  });
}
