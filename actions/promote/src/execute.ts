import { deliver, writeDeploymentFiles, type DeliveryResult } from '@towpath/delivery';
import type { Journal, Runtime } from '@towpath/flow';
import type { Session } from '@towpath/session';
import type { PromotePlan } from './plan.ts';

export type PromoteResult = DeliveryResult;

/**
 * Copies missing content to other repositories, then sets every tag. No tag moves before all content is copied.
 */
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
