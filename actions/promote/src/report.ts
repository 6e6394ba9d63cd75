import {
  annotateDeploymentFiles,
  annotateKept,
  annotateLambda,
  annotateTags,
  attachmentTable,
  deliveryOutputs,
  deliveryTable,
  describeEnd,
  isChange,
  parameterOverrides,
} from '@towpath/delivery';
import type { Annotation, Report } from '@towpath/flow';
import { entryTag, ledgerWarning } from '@towpath/ledger';
import { code, formatCount, heading, md, page, table, type Content } from '@towpath/markdown';
import { labelOf } from '@towpath/reference';
import type { PromoteResult } from './execute.ts';
import type { PromotePlan } from './plan.ts';

export function report(plan: PromotePlan, result: PromoteResult): Report {
  const { version, target, images, absent, ledger, record, deploymentFolder, attestations } = plan;
  const deployment = { environment: target, version, deliveries: images };
  return {
    outputs: {
      version,
      ...deliveryOutputs(images),
      entry: result.entry === undefined ? '' : entryTag(target, result.entry.number),
      'parameter-overrides': parameterOverrides(deployment),
      ...result.proof,
    },
    annotations: [
      ...warnings(
        ledger === undefined ? undefined : ledgerWarning(ledger),
        ...absent.map((name) => warnAbsent(name, version)),
        ...plan.verdicts.map((one) => warnVerdict(one, plan)),
        warnNewer(target, result),
      ),
      ...plan.notices.map((message): Annotation => ({ level: 'notice', message })),
      ...images.flatMap((image) => annotateTags(image.name, image)),
      ...images.flatMap((image) => annotateKept(image.name, image.location, result.kept.get(image) ?? [])),
      ...images.flatMap(annotateLambda),
      ...annotateDeploymentFiles(deploymentFolder, deployment),
      ...result.notices,
    ],
    summary: page(
      heading(3, titleOf(plan)),
      describeReason(plan),
      deliveryTable(images, result),
      describeEnd(result, images.some(isChange) || record.entry !== undefined || record.stale.length > 0),
      describeAttachments(images, attestations),
      attachmentTable(images),
      describeVerdicts(plan),
      describeLedger(ledger, version),
      describeEntry(plan, result),
    ),
  };
}

function titleOf({ version, source, target, images, record }: PromotePlan): string {
  const count = formatCount(images.length, 'image');
  if (source !== undefined) return `Promoted ${version} from ${source} to ${target}: ${count}`;
  const { restores } = record.request ?? {};
  return `Rolled ${target} back to ${version}${restores === undefined ? '' : `, entry ${restores}`}: ${count}`;
}

/** Returns the recorded reason of a rollback. That of a bypassed gate is shown with the verdicts. */
function describeReason({ breakGlass, record: { stated } }: PromotePlan): Content | undefined {
  return breakGlass !== undefined || stated.reason === undefined ? undefined : md`Reason: ${stated.reason}`;
}

function warnings(...messages: readonly (string | undefined)[]): readonly Annotation[] {
  return messages.flatMap((message) => (message === undefined ? [] : [{ level: 'warning', message }]));
}

function warnAbsent(name: string, version: string): string {
  return `Image ${name} has no tag of version ${version} and was not promoted. Check that ${version} was published completely.`;
}

/** Returns the warning about a verdict that did not block. */
function warnVerdict(
  { name, verdict, reasons }: PromotePlan['verdicts'][number],
  { target, breakGlass }: PromotePlan,
): string | undefined {
  if (verdict === 'pass' || verdict === 'off') return undefined;
  const why = breakGlass === undefined ? 'a rollback is not blocked' : `break-glass: ${breakGlass}`;
  const [reason] = reasons;
  return `${name} is in ${target} with the verdict ${verdict} (${why}).${reason === undefined ? '' : ` ${reason.message}`}`;
}

function warnNewer(target: string, { newer }: PromoteResult): string | undefined {
  if (newer === undefined) return undefined;
  return `Another run promoted ${newer.version} to ${target} at the same time (${entryTag(target, newer.number)}): the tags of ${target} follow that one.`;
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
  if (count === 0) return 'The source has no signatures, SBOMs or other attachments of these images.';
  const all =
    count === 1 ? 'The attachment of the source was' : `All ${count} attachments of the source were`;
  return `${all} read back from the target.`;
}

function describeVerdicts({ verdicts, target, breakGlass }: PromotePlan): Content {
  if (verdicts.every(({ verdict }) => verdict === 'off'))
    return md`The environment ${code(target)} has ${code('gate: off')}: no image was judged.`;
  const rows = verdicts.map(({ name, verdict, policy }) => [
    name,
    verdict,
    policy === undefined ? '' : code(policy),
  ]);
  const list = table(['Image', 'Verdict', 'Policy'], rows);
  return breakGlass === undefined
    ? list
    : md`${code('break-glass')}: ${breakGlass}

${list}`;
}

/** Describes the limits of a promotion without a release. */
function describeLedger(ledger: PromotePlan['ledger'], version: string): Content | undefined {
  if (ledger?.state !== 'absent') return undefined;
  return md`There is no ledger ${code(labelOf(ledger.location))}: only tags show which images belong to ${code(version)}.`;
}

/** Names the entry of the environment, or says what is not recorded. */
function describeEntry({ target, record: { ledger, last } }: PromotePlan, { entry }: PromoteResult): Content {
  const label = code(labelOf(ledger.location));
  if (entry !== undefined) {
    const before = last === undefined ? 'its first entry' : `after ${entryTag(target, last.number)}`;
    return last?.number === entry.number
      ? md`${code(target)} is at entry ${code(entryTag(target, entry.number))} of the ledger ${label}, as before.`
      : md`${code(target)} is at entry ${code(entryTag(target, entry.number))} of the ledger ${label}, ${before}.`;
  }
  const why = {
    absent: md`There is no ledger ${label}. To create it, set ${code('create-ledger: true')}.`,
    off: 'The environment has no ledger.',
    unreadable: md`The ledger ${label} cannot be read.`,
    kept: '',
  }[ledger.state];
  return md`${why} The previous images of ${code(target)}, the person and the verdict are not recorded.`;
}
