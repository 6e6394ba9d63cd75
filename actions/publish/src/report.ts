import type { Annotation, Report } from '@towpath/flow';
import { annotateTags, deliveryOutputs, deliveryTable, describeEnd } from '@towpath/project';
import { formatCount, heading, page } from '@towpath/report';
import type { PublishResult } from './execute.ts';
import type { PlannedImage, PublishPlan } from './plan.ts';

export function report({ version, images }: PublishPlan, result: PublishResult): Report {
  return {
    outputs: deliveryOutputs(images),
    annotations: images.flatMap((image) => [...annotateAdoption(image), ...annotateTags(image.name, image)]),
    summary: page(
      heading(3, `Published ${formatCount(images.length, 'image')} as ${version}`),
      deliveryTable(images, result),
      describeEnd(images, result),
    ),
  };
}

function annotateAdoption({ built, root, adopted }: PlannedImage): Annotation[] {
  if (!adopted) return [];
  const message = `${built.name}: ${root.digest} was published before, built from the same, and counts instead of ${built.digest}.`;
  return [{ level: 'notice', message }];
}
