import {
  annotateDeploymentFiles,
  annotateLambda,
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
import { buildEnvironment } from '@towpath/project';
import { labelOf } from '@towpath/reference';
import type { PublishResult } from './execute.ts';
import type { PlannedEntry } from './plan-entry.ts';
import { sameInputs, withoutStop } from './reused.ts';
import type { PlannedImage } from './plan-image.ts';
import type { PublishPlan } from './plan.ts';

export function report(
  { version, environment, images, entries, whole, deploymentFolder }: PublishPlan,
  result: PublishResult,
): Report {
  const deployment = { environment: buildEnvironment, version, deliveries: images };
  return {
    outputs: {
      version,
      environment: environment ?? '',
      ...deliveryOutputs(images),
      'parameter-overrides': parameterOverrides(deployment),
    },
    annotations: [
      ...images.flatMap((image) => [...annotateAdoption(image), ...annotateTags(image.name, image)]),
      ...entries.flatMap(annotateLedger),
      ...annotateDoubts(images, entries),
      ...images.flatMap(annotateLambda),
      ...annotateDeploymentFiles(deploymentFolder, deployment),
    ],
    summary: page(
      heading(3, `Published ${formatCount(images.length, 'image')} as ${version}`),
      deliveryTable(images, result),
      describeEnd(result, images.some(isChange) || entries.some(({ release }) => release !== undefined)),
      describeKept(images),
      ...entries.map((entry) => describeLedger(entry, version, whole)),
    ),
  };
}

function annotateAdoption({ built, root, adopted }: PlannedImage): Annotation[] {
  if (!adopted) return [];
  const message = `${built.name}: ${root.digest} was published before from the same files, and is used instead of ${built.digest}.`;
  return [{ level: 'notice', message }];
}

/** Reports attestations that were not sent. Every build attests again; the first attestations of an image stay. */
function describeKept(images: readonly PlannedImage[]): Content | undefined {
  const kept = images.filter((image) => image.kept > 0);
  if (kept.length === 0) return undefined;
  const names = kept.map(({ name }) => name).join(', ');
  return md`The attestations of ${names} were kept: the image in the registry has its own of the same kinds.`;
}

/** Reports images that will not be reused. Without a ledger no image is ever reused, so there is no notice. */
function annotateDoubts(images: readonly PlannedImage[], entries: readonly PlannedEntry[]): Annotation[] {
  if (!entries.some(({ ledger, release }) => ledger.state === 'kept' || release !== undefined)) return [];
  const doubts = new Map(images.flatMap(({ name, doubt }) => (doubt === undefined ? [] : [[name, doubt]])));
  if (doubts.size === 0) return [];
  const listed = [...doubts].map(([name, why]) => `${name} (${withoutStop(why)})`).join('; ');
  const message = `Builds with reuse will not reuse these images, because publish cannot compute their fingerprints: ${listed}. ${sameInputs}`;
  return [{ level: 'notice', message }];
}

function annotateLedger({ ledger }: PlannedEntry): Annotation[] {
  const message = ledgerWarning(ledger);
  return message === undefined ? [] : [{ level: 'warning', message }];
}

function describeLedger(
  { ledger, kept, release }: PlannedEntry,
  version: string,
  whole: boolean,
): Content | undefined {
  const name = code(labelOf(ledger.location));
  if ((release ?? kept) !== undefined) return md`Release ${code(version)} is in the ledger ${name}.`;
  if (!whole)
    return md`These are not all images of the configuration: no release ${code(version)} is written.`;
  return md`There is no ledger ${name}: promotions find this version by its tags alone.`;
}
