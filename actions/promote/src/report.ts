import type { Annotation, Report } from '@towpath/flow';
import {
  annotateDeploymentFiles,
  annotateTags,
  deliveryOutputs,
  deliveryTable,
  describeEnd,
  isChange,
  parameterOverrides,
} from '@towpath/project';
import { formatCount, heading, page } from '@towpath/report';
import type { PromoteResult } from './execute.ts';
import type { PromotePlan } from './plan.ts';

export function report(
  { version, source, target, images, absent, deploymentFolder }: PromotePlan,
  result: PromoteResult,
): Report {
  const deployment = { environment: target, version, deliveries: images };
  return {
    outputs: {
      ...deliveryOutputs(images),
      'parameter-overrides': parameterOverrides(deployment),
    },
    annotations: [
      ...absent.map((name) => annotateAbsent(name, version)),
      ...images.flatMap((image) => annotateTags(image.name, image)),
      ...annotateDeploymentFiles(deploymentFolder, deployment),
    ],
    summary: page(
      heading(3, `Promoted ${version} from ${source} to ${target}: ${formatCount(images.length, 'image')}`),
      deliveryTable(images, result),
      describeEnd(result, images.some(isChange)),
    ),
  };
}

function annotateAbsent(name: string, version: string): Annotation {
  const message = `${name} is not part of ${version}, as far as tags tell: there is no image of this version, and nothing was promoted.`;
  return { level: 'warning', message };
}
