import { deliver, writeDeploymentFiles, type DeliveryResult } from '@towpath/delivery';
import { createRepository, tagImage } from '@towpath/ecr';
import type { Annotation, Journal, Runtime } from '@towpath/flow';
import {
  entryTag,
  newLedger,
  writeEnvironmentEntry,
  writeRelease,
  type EnvironmentEntry,
} from '@towpath/ledger';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { createDeployment } from './deployment.ts';
import { followNewest, isMoved, isNewest } from './follow.ts';
import type { PromotePlan } from './plan.ts';
import { writeProof, type Proof } from './proof.ts';
import type { KeptImage } from './record.ts';
import type { PromoteSession } from './session.ts';
import { findStaleTags, setStaleTags } from './stale-tags.ts';
import { readLast, writeNext } from './write-next.ts';

export interface PromoteResult extends DeliveryResult {
  /** The entry that lists what this run delivered; undefined if nothing is recorded. */
  readonly entry?: EnvironmentEntry;
  /** The newer entry of another run that the moving tags follow now. */
  readonly newer?: EnvironmentEntry;
  /** The files that state the promotion. */
  readonly proof: Proof;
  /** What the reader must know about the deployment at the code host. */
  readonly notices: readonly Annotation[];
}

/**
 * Copies missing content to other repositories, sets the tags with a version, writes the entry of the environment, and
 * moves the other tags last. No tag moves before all content is copied. If another run wrote a newer entry meanwhile,
 * the moving tags follow that one, and never name the images of this run.
 */
export async function execute(
  plan: PromotePlan,
  session: PromoteSession,
  runtime: Runtime,
  journal: Journal,
): Promise<PromoteResult> {
  const { version, target, images, record, deploymentFolder } = plan;
  const { ledger, creates, adoption, release, request, kept, untagged, tags } = record;
  const { location } = ledger;
  const label = labelOf(location);
  if (creates) {
    await createRepository(session.ecr(location.registry), newLedger(location));
    journal.wrote(`repository ${label}`);
  }
  for (const image of kept) await keep(image, session, journal);
  let isChanged = false;
  if (adoption !== undefined) {
    isChanged = (await writeEnvironmentEntry(location, adoption, session)) === 'taken';
    if (!isChanged) journal.wrote(`entry ${entryTag(target, adoption.number)} in ${label}`);
  }
  let entry: EnvironmentEntry | undefined;
  let stale = record.stale;
  let mayMove: boolean | undefined;
  const mayMoveTags = async (): Promise<boolean> => {
    if (request === undefined) return true;
    if (release !== undefined) {
      await writeRelease(location, release, session);
      journal.wrote(`release ${release.version} in ${label}`);
    }
    const last = isChanged ? await readLast(record, session) : record.last;
    entry = await writeNext(record, last, isChanged, session, journal);
    for (const { name, root, location: place } of images)
      if (untagged.includes(name))
        await keep({ root, location: place, tag: entryTag(target, entry.number) }, session, journal);
    // Another run changed the images that stay.
    if (entry !== record.entry && entry !== record.last)
      stale = await findStaleTags(entry, staying(entry, images), location.registry, tags, session, runtime);
    mayMove = ![...images, ...stale].some(isMoved) || (await isNewest(entry, record, session));
    return mayMove;
  };
  const order = { tagsWithContent: true, mayMove: mayMoveTags };
  const result = await deliver(images, session, runtime, journal, order);
  if (mayMove === true) await setStaleTags(stale, session, runtime, journal);
  const moved = [...images, ...stale];
  const newer = entry && (await followNewest(moved, record, entry, session, runtime, journal));
  const deployment = { environment: target, version, deliveries: images };
  await writeDeploymentFiles(deploymentFolder, deployment, journal);
  const isRecorded = entry !== undefined;
  const stated = entry ?? record.stated;
  const proof = await writeProof(plan, stated, isRecorded, runtime, journal);
  const notices = await createDeployment(stated, isRecorded, session, runtime, journal);
  return { ...result, ...(isRecorded && { entry }), ...(newer !== undefined && { newer }), proof, notices };
}

/** Returns the images of an entry that a run does not deliver. */
function staying(
  { images }: EnvironmentEntry,
  deliveries: PromotePlan['images'],
): EnvironmentEntry['images'] {
  return images.filter((image) => !deliveries.some(({ name }) => name === image.name));
}

/** Tags an image so that no lifecycle rule for untagged images deletes it. */
async function keep(
  { location: { registry, repository }, root, tag }: KeptImage,
  session: Session,
  journal: Journal,
): Promise<void> {
  const put = await tagImage(session.ecr(registry), repository, root, tag);
  if (put === 'put') journal.wrote(`${labelOf({ registry, repository })}:${tag} names ${root.digest}`);
}
