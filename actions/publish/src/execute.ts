import type { Journal, Runtime } from '@towpath/flow';
import { deliver, type DeliveryResult } from '@towpath/project';
import type { PublishPlan } from './plan.ts';

export type PublishResult = DeliveryResult;

/** Brings every image of the set over, and tags it when the whole set is in place. */
export function execute(
  { images, registries }: PublishPlan,
  runtime: Runtime,
  journal: Journal,
): Promise<PublishResult> {
  return deliver(images, registries, runtime, journal);
}
