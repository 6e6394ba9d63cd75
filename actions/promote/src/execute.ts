import { deliver, writeDeploymentFiles, type DeliveryResult } from '@towpath/delivery';
import type { Journal, Runtime } from '@towpath/flow';
import type { Session } from '@towpath/session';
import type { PromotePlan } from './plan.ts';

export type PromoteResult = DeliveryResult;

/** Copies what other repositories lack, then sets every tag: no tag moves unless all content is in place. */
export async function execute(
  { version, target, images, deploymentFolder }: PromotePlan,
  session: Session,
  runtime: Runtime,
  journal: Journal,
): Promise<PromoteResult> {
  const result = await deliver(images, session, runtime, journal);
  const deployment = { environment: target, version, deliveries: images };
  await writeDeploymentFiles(deploymentFolder, deployment, journal);
  return result;
}
