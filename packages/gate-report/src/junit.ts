import type { Problem } from '@towpath/errors';
import { nameOf, type JudgedSubject } from '@towpath/gate';
import { serialise, type TestCase } from '@towpath/junit';
import type { Finding } from '@towpath/findings';
import type { GateVerdict } from './verdict.ts';

/**
 * Returns the verdict as JUnit XML: a suite for each image and platform, a failed case for each finding that fails, and a
 * case that passes if there is none. A missing scan is an error, and no success.
 */
export function junitOf({ images, unjudged, reasons }: GateVerdict): string {
  const subjects = images.flatMap((image) => image.subjects);
  const suites = subjects.map((subject) => ({ name: nameOf(subject), cases: casesOf(subject) }));
  // Reasons that no subject has: an image that is missing, or an ignore that is out of date.
  const known = new Set(subjects.flatMap(({ reason }) => reason?.message ?? []));
  const others = [...new Set([...unjudged, ...reasons])].filter(({ message }) => !known.has(message));
  return serialise('scan-gate', [
    ...suites,
    ...(others.length === 0 ? [] : [{ name: 'scan-gate', cases: others.map(caseOfProblem) }]),
  ]);
}

function casesOf({ verdict, reason, judgement }: JudgedSubject): readonly TestCase[] {
  const failed = judgement.violations.map(({ finding, reasons }): TestCase => {
    const message = `${finding.severity}: ${reasons.join('; ')}`;
    return {
      name: titleOf(finding),
      result: { kind: 'failed', message, details: describe(finding, message) },
    };
  });
  const accepted = judgement.accepted.map(({ finding, reason: why }): TestCase => {
    return { name: titleOf(finding), result: { kind: 'skipped', message: `Accepted: ${why}` } };
  });
  return [
    ...failed,
    ...(failed.length === 0 ? [{ name: 'No finding fails', result: resultOf(verdict, reason) }] : []),
    ...accepted,
  ];
}

function resultOf(verdict: JudgedSubject['verdict'], reason: Problem | undefined): TestCase['result'] {
  if (verdict === 'pass') return { kind: 'passed' };
  return { kind: 'error', message: reason?.message ?? 'The result is unknown.', details: sentences(reason) };
}

function caseOfProblem(problem: Problem): TestCase {
  const kind = problem.code === 'gate-failed' ? 'failed' : 'error';
  return { name: problem.code, result: { kind, message: problem.message, details: sentences(problem) } };
}

function sentences({ message = '', hint }: Partial<Problem> = {}): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}

function titleOf({ id, package: affected }: Finding): string {
  return affected === undefined ? id : `${id} in ${affected.name}`;
}

function describe({ title, uri, package: affected, fix }: Finding, message: string): string {
  const lines = [
    message,
    title,
    affected?.version === undefined ? undefined : `Version: ${affected.version}`,
    fix.versions.length === 0 ? undefined : `Fixed in: ${fix.versions.slice(0, 5).join(', ')}`,
    uri,
  ];
  return lines.filter((line) => line !== undefined).join('\n');
}
