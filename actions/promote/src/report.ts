import {
  annotateDeploymentFiles,
  annotateTags,
  deliveryOutputs,
  deliveryTable,
  describeEnd,
  isChange,
  parameterOverrides,
} from '@towpath/delivery';
import type { Annotation, Report } from '@towpath/flow';
import { ledgerWarning } from '@towpath/ledger';
import { code, formatCount, heading, md, page, type Content } from '@towpath/markdown';
import { labelOf } from '@towpath/reference';
import type { PromoteResult } from './execute.ts';
import type { PromotePlan } from './plan.ts';

export function report(
  { version, source, target, images, absent, ledger, deploymentFolder }: PromotePlan,
  result: PromoteResult,
): Report {
  const deployment = { environment: target, version, deliveries: images };
  return {
    outputs: {
      ...deliveryOutputs(images),
      'parameter-overrides': parameterOverrides(deployment),
    },
    annotations: [
      ...annotateLedger(ledger),
      ...absent.map((name) => annotateAbsent(name, version)),
      ...images.flatMap((image) => annotateTags(image.name, image)),
      ...annotateDeploymentFiles(deploymentFolder, deployment),
    ],
    summary: page(
      heading(3, `Promoted ${version} from ${source} to ${target}: ${formatCount(images.length, 'image')}`),
      deliveryTable(images, result),
      describeEnd(result, images.some(isChange)),
      describeLedger(ledger, version),
    ),
  };
}

function annotateAbsent(name: string, version: string): Annotation {
  const message = `Image ${name} has no tag of version ${version} and was not promoted. Check that ${version} was published completely.`;
  return { level: 'warning', message };
}

function annotateLedger(ledger: PromotePlan['ledger']): Annotation[] {
  const message = ledgerWarning(ledger);
  return message === undefined ? [] : [{ level: 'warning', message }];
}

/** Describes the limits of a promotion without a ledger. */
function describeLedger({ state, location }: PromotePlan['ledger'], version: string): Content | undefined {
  if (state !== 'absent') return undefined;
  return md`There is no ledger ${code(labelOf(location))}: which images belong to ${code(version)} is known by their tags alone.`;
}
