import type { Journal, Runtime } from '@towpath/flow';
import { deliver, type DeliveryResult } from '@towpath/project';
import type { PromotePlan } from './plan.ts';

export type PromoteResult = DeliveryResult;

/** Copies what other repositories lack, then sets every tag: no tag moves unless all content is in place. */
export function execute(
  { images, registries }: PromotePlan,
  runtime: Runtime,
  journal: Journal,
): Promise<PromoteResult> {
  return deliver(images, registries, runtime, journal);
}
