import {
  annotateDeploymentFiles,
  annotateKept,
  annotateTags,
  attachmentTable,
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
  { version, source, target, images, absent, ledger, deploymentFolder, attestations }: PromotePlan,
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
      ...images.flatMap((image) => annotateKept(image.name, image.location, result.kept.get(image) ?? [])),
      ...annotateDeploymentFiles(deploymentFolder, deployment),
    ],
    summary: page(
      heading(3, `Promoted ${version} from ${source} to ${target}: ${formatCount(images.length, 'image')}`),
      deliveryTable(images, result),
      describeEnd(result, images.some(isChange)),
      describeAttachments(images, attestations),
      attachmentTable(images),
      describeLedger(ledger, version),
    ),
  };
}

/** Says whether the signatures, SBOMs and other attachments of the images are in the target. */
function describeAttachments(
  images: PromotePlan['images'],
  attestations: PromotePlan['attestations'],
): Content | undefined {
  if (images.every(({ content }) => content === undefined)) return undefined;
  if (attestations === 'skip')
    return md`${code('attestations: skip')}: signatures, SBOMs and other attachments were not copied.`;
  const count = images.reduce((sum, { attachments }) => sum + (attachments?.list.length ?? 0), 0);
  return count === 0
    ? 'The source has no signatures, SBOMs or other attachments of these images.'
    : `All ${formatCount(count, 'attachment')} of the source were read back from the target.`;
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
