import { deliver, writeDeploymentFiles, type DeliveryResult } from '@towpath/delivery';
import { createRepository } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Journal, Runtime } from '@towpath/flow';
import { writeIntent, writeRelease } from '@towpath/ledger';
import { buildEnvironment } from '@towpath/project';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { PublishPlan } from './plan.ts';

export type PublishResult = DeliveryResult;

/**
 * Writes the intent to the ledger, uploads all content, sets the tags once the whole set is uploaded, and writes
 * the release last.
 */
export async function execute(
  { version, repositories, images, entries, deploymentFolder }: PublishPlan,
  session: Session,
  runtime: Runtime,
  journal: Journal,
): Promise<PublishResult> {
  for (const { location, repository } of repositories) {
    await createRepository(session.ecr(location.registry), repository);
    journal.wrote(`repository ${labelOf(location)}`);
  }
  for (const { ledger, intent, takenIntents } of entries) {
    if (intent === undefined) continue;
    await writeIntent(ledger.location, intent, takenIntents, session);
    journal.wrote(`intent of ${intent.version} in ${labelOf(ledger.location)}`);
  }
  const result = await deliver(images, session, runtime, journal);
  for (const { ledger, release } of entries) {
    if (release === undefined) continue;
    await writeRelease(ledger.location, release, session).catch((error: unknown) => {
      throw runtime.signal.aborted ? cancelled(version, labelOf(ledger.location)) : error;
    });
    journal.wrote(`release ${release.version} in ${labelOf(ledger.location)}`);
  }
  const deployment = { environment: buildEnvironment, version, deliveries: images };
  await writeDeploymentFiles(deploymentFolder, deployment, journal);
  return result;
}

function cancelled(version: string, ledger: string): CodedError {
  return new CodedError(
    'cancelled',
    `The run was cancelled. All images are in place with their tags, but release ${version} is missing in ${ledger}.`,
    { hint: 'Run it again: it writes only what is missing.' },
  );
}
