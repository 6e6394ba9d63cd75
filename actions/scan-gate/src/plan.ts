import type { IssueNote, Note, PlannedStep } from '@towpath/flow';
import { nameOf } from '@towpath/gate';
import { reachVerdict, type GateVerdict, type ReportPaths } from '@towpath/gate-report';
import { labelOf } from '@towpath/reference';
import { describePolicy } from '@towpath/scan-policy';
import type { GateFacts } from './facts.ts';
import type { GateInputs } from './inputs.ts';
import { commentOf, issueOf } from './notes.ts';
import { policyOf } from './policy.ts';

/** The verdict and its reasons, with what is written about it. */
export interface GatePlan extends GateVerdict {
  /** The files to write. Their content follows from the verdict, so the plan does not repeat it. */
  readonly files: ReportPaths;
  /** The environment that is judged, if one was named. */
  readonly environment?: string;
  readonly comment?: Note;
  readonly issue?: IssueNote;
}

export function plan(inputs: GateInputs, facts: GateFacts): GatePlan {
  const { environment, targetEnvironment, config, only, reportOnly } = inputs;
  const files = { sarifOut: inputs.sarifOut, reportOut: inputs.reportOut, junitOut: inputs.junitOut };
  // The input images can name some of the configured images only.
  const names = new Set(facts.images.map(({ name }) => name));
  const judged = reachVerdict(
    { ...facts, absent: facts.absent.map(({ name }) => name) },
    {
      policy: policyOf(inputs, facts.config, facts.target),
      failedBefore: facts.failedBefore,
      reportOnly,
      isComplete: only.length === 0 && facts.config.images.every(({ name }) => names.has(name)),
      files,
    },
  );
  const context = {
    selection: [config, environment, targetEnvironment, ...only],
    environment: targetEnvironment ?? environment,
    run: facts.run,
  };
  return {
    ...judged,
    files,
    ...(context.environment !== undefined && { environment: context.environment }),
    ...(inputs.comment && { comment: commentOf(judged, context) }),
    ...(inputs.issue && { issue: issueOf(judged, context) }),
  };
}

export function describe({ images, policy }: GatePlan): readonly PlannedStep[] {
  const subjects = images.flatMap((image) => image.subjects);
  return subjects.map((subject) => ({
    what: `judge ${nameOf(subject)} (${subject.digest})${subject.location === undefined ? '' : ` in ${labelOf(subject.location)}`}: ${subject.verdict}`,
    why: describePolicy(policy).join(' '),
  }));
}
