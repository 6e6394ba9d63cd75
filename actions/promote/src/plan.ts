import {
  describeDeliveries,
  lambdaRefusals,
  planTags,
  type Delivery,
  type DeploymentFolder,
} from '@towpath/delivery';
import { CodedError, type Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import { entryTag, type FoundVersion } from '@towpath/ledger';
import { formatDuration } from '@towpath/markdown';
import { labelOf, type Digest } from '@towpath/reference';
import type { ImageFacts, PromoteFacts } from './facts.ts';
import { judge, type ImageVerdict } from './gate.ts';
import type { PromoteInputs } from './inputs.ts';
import { planRecord, type PlannedRecord } from './record.ts';
import { planDigest, requireCurrent } from './saved-plan.ts';

export interface PromotePlan {
  readonly version: string;
  /** The source environment; undefined for a rollback. */
  readonly source?: string;
  readonly target: string;
  readonly images: readonly Delivery[];
  readonly absent: readonly string[];
  /** The ledger in which the release was looked up; undefined for a rollback. */
  readonly ledger?: FoundVersion['ledger'];
  readonly record: PlannedRecord;
  readonly verdicts: readonly ImageVerdict[];
  /** What a reader of the verdicts must know about the baseline, as sentences. */
  readonly notices: readonly string[];
  /** When the images came to the source, as ISO 8601; undefined if it is unknown. */
  readonly since?: string;
  /** The soak time of the environment, in milliseconds; undefined if it has none. */
  readonly soak?: number;
  /** Why the gate and the soak time did not block. */
  readonly breakGlass?: string;
  /** Absolute path; undefined if the input `deployment-files` is not set. */
  readonly deploymentFolder: DeploymentFolder | undefined;
  /** `skip`: the images are copied without their signatures, SBOMs and other attachments. */
  readonly attestations: 'copy' | 'skip';
}

/**
 * @throws CodedError that lists every reason against the promotion: tags that name other images, verdicts of the gate,
 * a soak time that is not over, a newer version in the environment
 */
export function plan(inputs: PromoteInputs, facts: PromoteFacts): PromotePlan {
  const planned = planPromotion(facts.saved?.inputs ?? inputs, facts);
  const digest = planDigest(planned);
  if (facts.saved !== undefined) requireCurrent(facts.saved, digest);
  return { ...planned, record: withPlan(planned.record, digest) };
}

/** Writes the digest of the plan into the entry. */
function withPlan(record: PlannedRecord, digest: Digest): PlannedRecord {
  const { request, entry } = record;
  return {
    ...record,
    ...(request !== undefined && { request: { ...request, plan: digest } }),
    ...(entry !== undefined && { entry: { ...entry, plan: digest } }),
  };
}

function planPromotion(inputs: PromoteInputs, facts: PromoteFacts): PromotePlan {
  const planned = facts.images.map((image) => planImage(image, inputs));
  const verdicts = judge(facts.images, facts.gate);
  const { record, problems } = planRecord(inputs, facts, verdicts);
  const isBlocking = !inputs.rollback && inputs.breakGlass === undefined;
  const refusals = [
    ...planned.flatMap(({ conflicts }) => conflicts),
    ...problems,
    ...(isBlocking ? soakProblems(facts) : []),
    ...(isBlocking ? verdicts.flatMap(refuse) : []),
  ];
  const { version, source, target, absent, ledger, since, deploymentFolder } = facts;
  if (refusals.length > 0)
    throw CodedError.of(
      refusals,
      (count) => `${version} cannot be promoted to ${target.name}: ${count} problems.`,
    );
  return {
    version,
    ...(source !== undefined && { source }),
    target: target.name,
    images: planned.map(({ delivery }) => delivery),
    absent: absent.map(({ name }) => name),
    ...(ledger !== undefined && { ledger: { state: ledger.state, location: ledger.location } }),
    record,
    verdicts,
    notices: facts.gate.notices,
    ...(since !== undefined && { since }),
    ...(target.soak !== undefined && source !== undefined && { soak: target.soak }),
    ...(inputs.breakGlass !== undefined && { breakGlass: inputs.breakGlass }),
    deploymentFolder,
    attestations: inputs.attestations,
  };
}

function refuse({ verdict, reasons }: ImageVerdict): readonly Problem[] {
  return verdict === 'pass' || verdict === 'off' ? [] : reasons;
}

/** Returns the problem that a version has not been in its source for long enough. */
function soakProblems({ target, source = '', version, since, until, now }: PromoteFacts): readonly Problem[] {
  const { name, soak } = target;
  if (soak === undefined) return [];
  const required = `${name} requires ${formatDuration(soak)}`;
  if (since === undefined)
    return [
      {
        code: 'soak-pending',
        message: `It is unknown since when ${version} is in ${source}, and ${required}.`,
        hint: `Keep a ledger: publish with create-repository: true, and promote to ${source} with create-ledger: true.`,
      },
    ];
  const ready = new Date(Date.parse(since) + soak);
  if (until !== undefined && Date.parse(until) < ready.getTime())
    return [
      {
        code: 'soak-pending',
        message: `${version} was rolled back in ${source} at ${until}, ${formatDuration(Date.parse(until) - Date.parse(since))} after it came there, and ${required}.`,
        hint: `If ${version} is right after all, promote it to ${source} again, and wait ${formatDuration(soak)}.`,
      },
    ];
  if (ready <= now) return [];
  return [
    {
      code: 'soak-pending',
      message: `${version} has been in ${source} since ${since}, and ${required}. It can be promoted at ${ready.toISOString()}.`,
      hint: 'Run the promotion again at that time. To promote an urgent fix now, set break-glass to the reason, which is recorded.',
    },
  ];
}

function planImage(
  { image, root, target, targetTags, settings, holders, content, attachments }: ImageFacts,
  { moveVersionTags, rollback }: PromoteInputs,
): {
  readonly delivery: Delivery;
  readonly conflicts: readonly Problem[];
} {
  const tags = rollback ? withoutTaken(targetTags, root.digest, holders) : targetTags;
  const { moves, conflicts, check } = planTags(tags, root, {
    settings,
    holders,
    location: target,
    movesVersions: moveVersionTags && !rollback,
  });
  const { skipped } = targetTags;
  const { name, lambda } = image;
  const marked = lambda === true && { lambda };
  const delivery = { name, root, location: target, content, attachments, moves, check, skipped, ...marked };
  // An image that a rollback restores has run in the environment before.
  return { delivery, conflicts: [...conflicts, ...(rollback ? [] : lambdaRefusals(delivery))] };
}

/** Leaves out the tags with a version that name another image by now. They do not stop a rollback. */
function withoutTaken(
  targetTags: ImageFacts['targetTags'],
  digest: string,
  holders: ImageFacts['holders'],
): ImageFacts['targetTags'] {
  const isTaken = (tag: string) =>
    targetTags.versioned.includes(tag) && (holders.get(tag)?.digest ?? digest) !== digest;
  return { ...targetTags, tags: targetTags.tags.filter((tag) => !isTaken(tag)) };
}

export function describe(plan: PromotePlan): readonly PlannedStep[] {
  const { version, source, target, since, soak } = plan;
  const soaked = soak === undefined ? '' : `; ${target} requires ${formatDuration(soak)}`;
  const origin =
    source === undefined || since === undefined
      ? []
      : [{ what: `take ${version} from ${source}`, why: `in ${source} since ${since}${soaked}` }];
  return [...origin, ...plan.verdicts.map((one) => describeVerdict(one, plan)), ...describeRecord(plan)];
}

function describeVerdict({ name, verdict }: ImageVerdict, { target, breakGlass }: PromotePlan): PlannedStep {
  return {
    what: `judge ${name}: ${verdict}`,
    why:
      verdict === 'off'
        ? `${target} has gate: off`
        : breakGlass === undefined
          ? `the policy of ${target} decides`
          : `break-glass: ${breakGlass}`,
  };
}

/** Describes the deliveries, with the writes to the ledger before and after them. */
function describeRecord({ images, record, target }: PromotePlan): readonly PlannedStep[] {
  const { ledger, creates, adoption, release, entry, last, request, stale } = record;
  const label = labelOf(ledger.location);
  const step = (what: string, why: string): PlannedStep => ({ what, why });
  const end =
    request === undefined
      ? step(`record nothing about ${target}`, `the ledger ${label} is ${ledger.state}`)
      : entry === undefined
        ? step(`keep entry ${entryTag(target, last?.number ?? 1)} in ${label}`, 'it has the same images')
        : step(`write entry ${entryTag(target, entry.number)} into ${label}`, describeChange(entry, last));
  return [
    ...(creates ? [step(`create repository ${label}, IMMUTABLE`, 'create-ledger is set')] : []),
    ...(adoption === undefined
      ? []
      : [step(`write entry ${entryTag(target, 1)} into ${label}`, `${target} has images, but no entries`)]),
    ...describeDeliveries(images),
    ...stale.flatMap(({ moves, root, location }) =>
      moves.map(({ tag, before }) =>
        step(
          `${before === undefined ? 'tag' : 'move'} ${labelOf(location)}:${tag} → ${root.digest}`,
          `entry ${entryTag(target, last?.number ?? 1)} lists this image, but an earlier run did not set the tag`,
        ),
      ),
    ),
    ...(release === undefined
      ? []
      : [step(`write release ${release.version} into ${label}`, 'this registry has its own ledger')]),
    end,
  ];
}

function describeChange(
  { version, kind, restores }: NonNullable<PlannedRecord['entry']>,
  last: PlannedRecord['last'],
): string {
  const before = last === undefined ? 'nothing before' : `${last.version} before`;
  return kind === 'rollback'
    ? `rollback to entry ${restores ?? ''}: ${version}, ${before}`
    : `${kind}: ${version}, ${before}`;
}
