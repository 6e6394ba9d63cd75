import type { Journal, Runtime } from '@towpath/flow';
import { copyGraph } from '@towpath/oci';
import { labelOf, moveTags } from '@towpath/project';
import type { PlannedImage, PromotePlan } from './plan.ts';

export interface PromoteResult {
  readonly milliseconds: number;
}

/** Copies what other repositories lack, then sets every tag: no tag moves unless all content is in place. */
export async function execute(
  plan: PromotePlan,
  { clock }: Runtime,
  journal: Journal,
): Promise<PromoteResult> {
  const started = clock.now().getTime();
  for (const image of plan.images) await copyContent(image, plan, journal);
  for (const { moves, root, target } of plan.images) await moveTags(moves, root, target, journal);
  return { milliseconds: clock.now().getTime() - started };
}

async function copyContent(
  { image, location, target, graph, root }: PlannedImage,
  { registries }: PromotePlan,
  journal: Journal,
): Promise<void> {
  if (graph === undefined || graph.manifests.every(({ present }) => present)) return;
  const from = registries.remote(location.registry, location.repository);
  await copyGraph(graph, from, registries.remote(target.registry, target.repository));
  journal.wrote(`${image.name}: content of ${root.digest} in ${labelOf(target)}`);
}
