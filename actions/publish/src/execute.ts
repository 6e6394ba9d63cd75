import type { Journal, Runtime } from '@towpath/flow';
import { copyGraph } from '@towpath/oci';
import { labelOf, moveTags } from '@towpath/project';
import type { PlannedImage, PublishPlan } from './plan.ts';

export interface PublishResult {
  readonly milliseconds: number;
}

/** Brings the content of every image over, then sets every tag: no tag moves unless the whole set is in place. */
export async function execute(
  plan: PublishPlan,
  { clock, log }: Runtime,
  journal: Journal,
): Promise<PublishResult> {
  const started = clock.now().getTime();
  for (const image of plan.images) {
    await putContent(image, plan, journal);
    log.info(`${image.built.name}: ${image.root.digest} is in ${labelOf(image.location)}`);
  }
  for (const { moves, root, location } of plan.images) await moveTags(moves, root, location, journal);
  return { milliseconds: clock.now().getTime() - started };
}

async function putContent(
  { built, location, graph }: PlannedImage,
  { source, registries }: PublishPlan,
  journal: Journal,
): Promise<void> {
  if (graph.manifests.every(({ present }) => present)) return;
  await copyGraph(graph, source, registries.remote(location.registry, location.repository));
  journal.wrote(`${built.name}: content of ${built.digest} in ${labelOf(location)}`);
}
