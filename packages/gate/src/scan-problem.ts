import { restoreImageCommand, scanOnPushCommand, startScanCommand } from '@towpath/ecr';
import type { Problem } from '@towpath/errors';
import { formatDuration } from '@towpath/markdown';
import { labelOf } from '@towpath/reference';
import { nameOf, scanned, type EcrOutcome, type ScanOutcome } from './scans.ts';
import type { EcrSubject, Subject } from './subjects.ts';

/** A status that says nothing about the findings: why, and what to do. */
interface Explanation {
  /** Follows `It is unknown whether backend is clean: `. */
  readonly why: string;
  readonly hint: (subject: EcrSubject) => string;
}

/** What the final statuses without findings mean (ECR API, ImageScanStatus; Amazon Inspector User Guide). */
const explanations: Readonly<Record<string, Explanation>> = {
  FAILED: {
    why: 'the scan failed',
    hint: scanAgain,
  },
  UNSUPPORTED_IMAGE: {
    why: 'ECR cannot scan the operating system of this image',
    hint: () =>
      'Use a base image with an operating system and a package manager that ECR supports, or give the report of another scanner in the input reports. To accept such images, set on-unsupported: warn.',
  },
  FINDINGS_UNAVAILABLE: {
    why: 'ECR no longer has the findings of the scan',
    hint: scanAgain,
  },
  SCAN_ELIGIBILITY_EXPIRED: {
    why: 'the image is older than the re-scan duration of Amazon Inspector, which no longer updates its findings',
    hint: () =>
      'Set a longer re-scan duration in the ECR settings of Amazon Inspector, or publish a new version.',
  },
  LIMIT_EXCEEDED: {
    why: 'ECR reached a limit of its scans, and did not scan the image',
    hint: (subject) =>
      subject.mode === 'enhanced'
        ? scanAgain(subject)
        : `ECR scans an image once in 24 hours. Run scan-gate with rescan: true after that, or run ${startCommand(subject)}`,
  },
  IMAGE_ARCHIVED: {
    why: 'the image is archived, and ECR does not scan archived images',
    hint: ({ location: { registry, repository }, digest }) =>
      `Restore the image. Run: ${restoreImageCommand(registry, repository, digest)}`,
  },
};

/** Returns the reason why the scan of a subject says nothing about its findings; undefined if it is complete. */
export function scanProblem(
  outcome: ScanOutcome,
  maxAge: number | undefined,
  now: Date,
): Problem | undefined {
  if (outcome.ending === 'reported') return undefined;
  if (outcome.ending === 'not-reported') return notReported(outcome.subject);
  if (outcome.ending === 'never-scanned') return neverScanned(outcome.subject);
  if (outcome.ending === 'timed-out') return timedOut(outcome);
  if (!scanned.has(outcome.scan.status)) return withoutResult(outcome);
  return tooOld(outcome, maxAge, now);
}

function unknown(subject: Subject, why: string, hint: string): Problem {
  return {
    code: 'gate-unknown',
    message: `It is unknown whether ${identify(subject)} is clean: ${why}.`,
    hint,
  };
}

/** Returns, for example, `web for linux/arm64 (payroll/web@sha256:…)`. */
export function identify(subject: Subject): string {
  const { location, digest } = subject;
  return `${nameOf(subject)} (${location === undefined ? '' : `${location.repository}@`}${digest})`;
}

function notReported(subject: Subject): Problem {
  return unknown(
    subject,
    'no file of the input reports is about this manifest',
    'Scan this image and platform, and add the report to the input reports.',
  );
}

function withoutResult({ subject, scan: { status, description } }: EcrOutcome): Problem {
  const { why = 'this release of Towpath does not know this status', hint } = explanations[status] ?? {};
  const described = description === '' ? '' : ` (${description})`;
  return unknown(
    subject,
    `the scan has the status ${status}${described}: ${why}`,
    hint?.(subject) ??
      'Look up the scan of this image in the Amazon ECR console. If it is complete there, update Towpath.',
  );
}

function neverScanned(subject: EcrSubject): Problem {
  const { registry, repository } = subject.location;
  if (subject.mode === 'enhanced')
    return unknown(
      subject,
      `the image was never scanned, because no filter of the enhanced scanning of ${registry.host} matches ${repository}`,
      'Add a filter for the repository to the scanning configuration of the registry, in the Amazon ECR console or with aws ecr put-registry-scanning-configuration. Amazon Inspector then scans the image.',
    );
  return unknown(
    subject,
    'the image was never scanned, because the repository does not scan on push',
    `Run scan-gate with rescan: true, or run: ${startCommand(subject)}. To scan every new image, run: ${scanOnPushCommand(registry, repository)}`,
  );
}

function timedOut({ subject, scan: { status, description }, timeout = 0 }: EcrOutcome): Problem {
  const { location, frequency } = subject;
  const state = status === 'ABSENT' ? description : `the scan is ${status}`;
  const message = scanned.has(status)
    ? `The findings of ${identify(subject)} were still changing after ${formatDuration(timeout)}.`
    : `The scan of ${identify(subject)} ${timeout === 0 ? 'is not finished' : `did not finish within ${formatDuration(timeout)}`}: ${state}.`;
  const longer = 'Set a longer timeout, for example timeout: 30m.';
  const hint =
    status === 'ABSENT' && frequency !== 'CONTINUOUS_SCAN' && subject.mode !== 'enhanced'
      ? `${longer} ECR starts no scan if ${labelOf(location)} did not scan on push when the image was pushed. Then run scan-gate with rescan: true, or run: ${startCommand(subject)}`
      : longer;
  return { code: 'gate-timeout', message, hint };
}

/** An active scan is continuous, unless the repository is scanned on push: Amazon Inspector updates its findings. */
function tooOld(
  { subject, scan: { status, completedAt }, rescan }: EcrOutcome,
  maxAge: number | undefined,
  now: Date,
): Problem | undefined {
  if (maxAge === undefined) return undefined;
  if (status === 'ACTIVE' && subject.frequency !== 'SCAN_ON_PUSH') return undefined;
  const age = completedAt === undefined ? Infinity : now.getTime() - completedAt.getTime();
  if (age <= maxAge) return undefined;
  const since = completedAt === undefined ? 'has no date' : `is ${formatDuration(age)} old`;
  const hint =
    subject.mode === 'enhanced'
      ? `Set a longer max-age, or let Amazon Inspector scan ${labelOf(subject.location)} continuously.`
      : rescan === 'limited'
        ? 'ECR scans an image once in 24 hours. Run the job again later, or set a longer max-age.'
        : `Run scan-gate with rescan: true, set a longer max-age, or run: ${startCommand(subject)}`;
  return unknown(subject, `its scan ${since}, and max-age allows ${formatDuration(maxAge)}`, hint);
}

/** Returns how to scan an image again. With enhanced scanning only Amazon Inspector starts scans. */
function scanAgain(subject: EcrSubject): string {
  const { registry, repository } = subject.location;
  if (subject.mode !== 'enhanced')
    return `Scan the image again: run scan-gate with rescan: true, or run ${startCommand(subject)}`;
  return `Only Amazon Inspector starts scans of this registry, and its coverage has the reason. Run: aws inspector2 list-coverage --region ${registry.region} --filter-criteria 'ecrRepositoryName=[{comparison=EQUALS,value=${repository}}]'. If the image is not scanned again, publish a new version.`;
}

function startCommand({ location: { registry, repository }, digest }: EcrSubject): string {
  return startScanCommand(registry, repository, digest);
}
