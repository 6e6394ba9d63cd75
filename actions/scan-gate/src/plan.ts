import type { Problem } from '@towpath/errors';
import type { IssueNote, Note, PlannedStep } from '@towpath/flow';
import { judgeImages, nameOf, reasonsOf, toleratedOf, worst, type JudgedImage } from '@towpath/gate';
import { labelOf } from '@towpath/reference';
import {
  describePolicy,
  staleIgnores,
  type GatePolicy,
  type StaleIgnore,
  type Verdict,
} from '@towpath/scan-policy';
import type { GateFacts } from './facts.ts';
import type { DockerfileLines } from './dockerfiles.ts';
import type { GateInputs } from './inputs.ts';
import { policyOf } from './policy.ts';
import { reportDocument } from './report/document.ts';
import { commentOf, issueOf } from './report/notes.ts';
import { sarifOf } from './report/sarif.ts';

/** The verdict and its reasons. */
export interface GatePlan {
  readonly verdict: Verdict;
  readonly images: readonly JudgedImage[];
  readonly policy: GatePolicy;
  readonly reportOnly: boolean;
  readonly absent: readonly string[];
  /** Selected images that are missing and cannot be judged. */
  readonly unjudged: readonly Problem[];
  /** The ignores of the policy to delete or to renew. */
  readonly staleIgnores: readonly StaleIgnore[];
  /** The reasons why the verdict is not `pass`. */
  readonly reasons: readonly Problem[];
  /** What a reader of the verdict must know about the reports and the baseline, as sentences. */
  readonly notices: readonly string[];
  /** Warnings about the ledger, and about images that ECR cannot scan. */
  readonly warnings: readonly string[];
  /** The lines of the Dockerfiles, by the name of the image. */
  readonly lines: Readonly<Record<string, DockerfileLines>>;
  readonly files: readonly ReportFile[];
  readonly comment?: Note;
  readonly issue?: IssueNote;
}

/** A file of the report. */
export interface ReportFile {
  /** The output with its path. */
  readonly output: 'sarif' | 'report';
  /** Relative to the workspace. */
  readonly path: string;
  readonly content: string;
  /** What was left out because of limits, as sentences. */
  readonly omissions?: readonly string[];
}

export function plan(inputs: GateInputs, facts: GateFacts): GatePlan {
  const judged = judgeAll(inputs, facts);
  const { environment, targetEnvironment, config, only } = inputs;
  const context = {
    selection: [config, environment, targetEnvironment, ...only],
    environment: targetEnvironment ?? environment,
    run: facts.run,
  };
  return {
    ...judged,
    files: filesOf(judged, inputs),
    ...(inputs.comment && { comment: commentOf(judged, context) }),
    ...(inputs.issue && { issue: issueOf(judged, context) }),
  };
}

type Judged = Omit<GatePlan, 'files' | 'comment' | 'issue'>;

function judgeAll(
  inputs: GateInputs,
  { config, target, images, absent, unjudged, warnings, notices, lines }: GateFacts,
): Judged {
  const policy = policyOf(inputs, config, target);
  const judged = judgeImages(images, { policy, maxAge: inputs.maxAge });
  const stale = staleIgnores(
    judged.flatMap(({ subjects }) => subjects),
    { isComplete: inputs.only.length + absent.length + unjudged.length === 0 },
  );
  const staleReasons = policy.staleIgnores === 'fail' ? stale.map(staleProblem) : [];
  return {
    verdict: worst([
      ...staleReasons.map((): Verdict => 'fail'),
      ...judged.map(({ verdict }) => verdict),
      ...unjudged.map((): Verdict => 'unknown'),
    ]),
    images: judged,
    policy,
    reportOnly: inputs.reportOnly,
    absent: absent.map(({ name }) => name),
    unjudged,
    reasons: [
      ...(judged.length + unjudged.length === 0 ? [nothingToJudge] : unjudged),
      ...staleReasons,
      ...judged.flatMap((image) => reasonsOf(image).map((reason) => atLine(reason, lines[image.name]))),
    ],
    staleIgnores: stale,
    notices,
    warnings: [...warnings, ...judged.flatMap(toleratedOf).map(({ message }) => message)],
    lines,
  };
}

/** Returns the problem of an ignore to delete or to renew, with `stale-ignores: fail`. */
function staleProblem({ ignore, why }: StaleIgnore): Problem {
  return {
    code: 'gate-failed',
    message: `An ignore of the policy is out of date: ${why}.`,
    hint: 'Delete the ignore, or renew it with a new reason and a later day.',
    ...(ignore.position !== undefined && { position: ignore.position }),
  };
}

/** Adds the line with the base image to a reason, so that GitHub shows it there. */
function atLine(reason: Problem, lines: DockerfileLines | undefined): Problem {
  if (reason.code !== 'gate-failed' || lines === undefined) return reason;
  return { ...reason, position: { file: lines.file, line: lines.from } };
}

function filesOf(
  judged: Judged,
  { sarifOut, reportOut, environment, targetEnvironment }: GateInputs,
): ReportFile[] {
  const files: ReportFile[] = [];
  if (sarifOut !== undefined) {
    const { text, omissions } = sarifOf(judged.images, judged.lines, targetEnvironment ?? environment);
    files.push({ output: 'sarif', path: sarifOut, content: text, omissions });
  }
  if (reportOut !== undefined)
    files.push({
      output: 'report',
      path: reportOut,
      content: `${JSON.stringify(reportDocument(judged), undefined, 1)}\n`,
    });
  return files;
}

const nothingToJudge: Problem = {
  code: 'gate-unknown',
  message: 'There is no image to judge.',
  hint: 'Publish the version first, or name its images with the input only.',
};

export function describe({ images, policy }: GatePlan): readonly PlannedStep[] {
  const subjects = images.flatMap((image) => image.subjects);
  return subjects.map((subject) => ({
    what: `judge ${nameOf(subject)} (${subject.digest})${subject.location === undefined ? '' : ` in ${labelOf(subject.location)}`}: ${subject.verdict}`,
    why: describePolicy(policy).join(' '),
  }));
}
