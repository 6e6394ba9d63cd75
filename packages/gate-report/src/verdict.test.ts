import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import type { Ignore } from '@towpath/scan-policy';
import { makeFinding } from '@towpath/testing/finding';
import { filesOf } from './report-files.ts';
import type { ReportPaths } from './report-paths.ts';
import { summarise } from './summary.ts';
import { reachVerdict, type GateVerdict } from './verdict.ts';

const digest = digestOf('web');
const findings = Array.from({ length: 6_000 }, (_, index) =>
  makeFinding({ id: `CVE-2026-${index}`, severity: index === 5_999 ? 'high' : 'low' }),
);

/** Judges an image with 6,000 findings that a policy allows, apart from ignored ones. */
function allowed(files?: ReportPaths, ignores: readonly Ignore[] = []): GateVerdict {
  const subject = { image: 'web', platform: 'linux/amd64', digest, config: digest, indexes: [] };
  const image = {
    name: 'web',
    digest,
    collectedAt: new Date(),
    skipped: [],
    doubts: [],
    scans: [
      {
        subject: { ...subject, mode: 'unknown' as const },
        scan: { status: 'REPORT', description: '', findings },
        ending: 'reported' as const,
      },
    ],
  };
  const found = { images: [image], absent: [], unjudged: [], notices: [], warnings: [], lines: {} };
  const policy = { failOn: 'critical', ignores } as const;
  return reachVerdict(found, { policy, reportOnly: false, isComplete: true, files });
}

describe('a verdict keeps the allowed findings that are shown, the worst first:', () => {
  test.each<{ name: string; files: ReportPaths | undefined; kept: number }>([
    { name: 'those of the summary without files', files: {}, kept: 200 },
    { name: 'those that GitHub keeps of a SARIF file', files: { sarifOut: 'a.sarif' }, kept: 5_000 },
    { name: 'all for a JSON report', files: { sarifOut: 'a.sarif', reportOut: 'a.json' }, kept: 6_000 },
    { name: 'all if the files are unknown', files: undefined, kept: 6_000 },
  ])('$name', ({ files, kept }) => {
    const verdict = allowed(files);
    const [judged] = verdict.images.flatMap(({ subjects }) => subjects);
    expect(judged?.judgement.allowed).toHaveLength(kept);
    expect(judged?.judgement.allowed[0]?.id).toBe('CVE-2026-5999');
    expect(judged?.judgement.counts).toMatchObject({ high: 1, low: 5_999 });
    expect(summarise(verdict, 900_000).toString()).toContain('allows &#40;6000&#41;');
    expect([...filesOf(verdict, files ?? {})].flatMap(({ omissions = [] }) => omissions)).toEqual(
      files?.sarifOut === undefined ? [] : [expect.stringContaining('the 5000 worst of the 6000 results')],
    );
  });
});

test('a verdict for a SARIF file keeps as many allowed findings as it has results left', () => {
  const ignores = Array.from({ length: 4_000 }, (_, index) => ({
    ...{ id: `CVE-2026-${index}`, reason: 'r', owner: 'o', expires: '2999-01-01' },
  }));
  const [judged] = allowed({ sarifOut: 'a.sarif' }, ignores).images.flatMap(({ subjects }) => subjects);
  expect(judged?.judgement.accepted).toHaveLength(4_000);
  expect(judged?.judgement.allowed).toHaveLength(1_000);
});
