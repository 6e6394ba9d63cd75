import { describe, expect, test } from '@jest/globals';
import { finding, judged, subject } from './harness/judged.ts';
import { summarise, type Judged } from './summary.ts';

/** Returns the summary as the lines that a reader sees, without escapes. */
function linesOf(report: Judged, maxLength = 900_000): readonly string[] {
  const text = summarise(report, maxLength).toString();
  return text
    .replace(/\\(?=[^A-Za-z0-9\s])/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .split('\n')
    .filter((line) => line !== '');
}

const fails = (...ids: readonly string[]) =>
  ids.map((id) => ({ finding: finding(id), reasons: ['critical is not allowed'] }));

test('the heading has the verdict, and says if the step does not fail', () => {
  const failing = judged([subject('web', { violations: fails('CVE-1') })]);
  expect(linesOf(failing)[0]).toBe('### ❌ Gate failed');
  expect(linesOf({ ...failing, reportOnly: true })[0]).toBe(
    '### ❌ Gate failed (report only: the step does not fail)',
  );
  expect(linesOf(judged([subject('web')]))[0]).toBe('### ✅ Gate passed');
});

test('the verdict is one line', () => {
  const failing = judged([
    subject('web', {
      violations: [...fails('CVE-1'), { finding: finding('CVE-2', { severity: 'high' }), reasons: [] }],
    }),
    subject('api', {}, { verdict: 'unknown' }),
  ]);
  expect(linesOf(failing)[1]).toBe(
    '**2 findings in 1 package (1 critical, 1 high); 1 image without a complete scan**. Judged: 2 images, 2 scans. Policy: critical or worse fails.',
  );
  expect(linesOf(judged([subject('web')]))[1]).toBe(
    '**1 image, 1 scan**, no finding breaks the policy (critical or worse fails).',
  );
  expect(linesOf(judged([], { verdict: 'unknown' }))[1]).toMatch(/^\*\*no image to judge\*\*/);
});

test('the table of images has the worst first', () => {
  const rows = linesOf(
    judged([
      subject('good'),
      subject('odd', {}, { verdict: 'unknown', status: 'PENDING' }),
      subject('bad', { violations: fails('CVE-1') }),
    ]),
  );
  const shown = rows
    .filter((line) => /^\| (?:❌|❔|✅)/.test(line))
    .map((line) => line.split(' | ').slice(0, 2).join(' '));
  expect(shown).toEqual([
    '| ❌ fail bad (linux/amd64)',
    '| ❔ unknown odd (linux/amd64)',
    '| ✅ pass good (linux/amd64)',
  ]);
});

test('the counts of an incomplete scan are unknown, not zero', () => {
  const rows = linesOf(judged([subject('odd', {}, { verdict: 'unknown', status: 'FAILED' })]));
  expect(rows).toContain(
    '| ❔ unknown | odd (linux/amd64) | ? | ? | ? | ? | ? | FAILED | <code>sha256:abababababab</code> |',
  );
});

test('the table of images counts accepted findings if there are any', () => {
  const accepted = [
    { finding: finding('CVE-1'), by: 'ignore', reason: 'r', owner: 'o', until: '2026-12-31' },
  ] as const;
  const rows = linesOf(judged([subject('web', { accepted }), subject('api')]));
  expect(rows.find((line) => line.startsWith('| Verdict'))).toContain('| Low | Accepted | Scan |');
  expect(rows.find((line) => line.includes('| web '))).toContain('| 0 | 1 | COMPLETE |');
});

test('the platforms of an image are listed together', () => {
  const rows = linesOf(
    judged(
      ['linux/amd64', 'linux/arm64'].map((platform) =>
        subject('web', { violations: fails('CVE-1') }, { platform }),
      ),
    ),
  );
  expect(rows.find((line) => line.includes('**openssl**'))).toContain('| web (linux/amd64, linux/arm64) |');
});

test('findings are grouped by package over all images, with the upgrade that clears the most', () => {
  const many = judged([
    subject('web', {
      violations: [
        ...fails('CVE-1', 'CVE-2', 'CVE-3'),
        { finding: finding('CVE-4', { fix: { state: 'none', versions: [] } }), reasons: [] },
      ],
    }),
    subject('api', {
      violations: [{ ...fails('CVE-1')[0], finding: finding('CVE-1'), reasons: [], origin: 'base' }],
    }),
    subject(
      'api',
      {
        violations: [
          {
            finding: finding('CVE-9', {
              severity: 'high',
              package: { name: 'zlib', version: '1' },
              fix: { state: 'none', versions: [] },
            }),
            reasons: [],
          },
        ],
      },
      { platform: 'linux/arm64' },
    ),
  ]);
  const rows = linesOf(many);
  expect(rows).toContain(
    '| **openssl** 3.0.1 | <code>3.0.2-1</code> clears 3 of 4: 3 critical | CVE-1 (critical), CVE-2 (critical), CVE-3 (critical), and 1 more | web (linux/amd64), api (linux/amd64) |',
  );
  expect(rows).toContain('| **zlib** 1 | No fix exists yet | CVE-9 (high) | api (linux/arm64) |');
});

test('a package of the base image and findings of this image are marked', () => {
  const rows = linesOf(
    judged([
      subject('web', {
        violations: [{ finding: finding('CVE-1'), reasons: [], origin: 'base', since: 'introduced' }],
      }),
    ]),
  );
  expect(rows.find((line) => line.includes('**openssl**'))).toBe(
    '| **openssl** 3.0.1, in the base image | <code>3.0.2-1</code> clears 1 of 1: 1 critical | CVE-1 (critical), 1 introduced by this image | web (linux/amd64) |',
  );
});

test('accepted findings are listed once with their end, the first to end first', () => {
  const accepted = [
    { finding: finding('CVE-1'), by: 'vex' as const, reason: 'vulnerable_code_not_present' },
    {
      finding: finding('CVE-2'),
      by: 'ignore' as const,
      reason: 'not reachable',
      owner: 'web-team',
      until: '2026-12-24',
    },
    { finding: finding('CVE-3'), by: 'ignore' as const, reason: 'soon', until: '2026-12-01' },
  ];
  const rows = linesOf(judged([subject('web', { accepted }), subject('api', { accepted })]));
  const at = rows.indexOf('#### Accepted');
  expect(rows.slice(at + 3, at + 6)).toEqual([
    '| CVE-3 (critical) | openssl 3.0.1 | 2026-12-01 | soon | web (linux/amd64), api (linux/amd64) |',
    '| CVE-2 (critical) | openssl 3.0.1 | 2026-12-24 | not reachable (web-team) | web (linux/amd64), api (linux/amd64) |',
    '| CVE-1 (critical) | openssl 3.0.1 | no end | VEX: vulnerable_code_not_present | web (linux/amd64), api (linux/amd64) |',
  ]);
});

test('findings within the grace period are listed with its end', () => {
  const deferred = [{ finding: finding('CVE-1'), until: '2026-12-31T00:00:00.000Z', reasons: [] }];
  expect(linesOf(judged([subject('web', { deferred })]))).toContain(
    '| CVE-1 (critical) | openssl 3.0.1 | 2026-12-31 | web (linux/amd64) |',
  );
});

test('an ignore to delete is listed with its line', () => {
  const position = { file: 'towpath.yaml', line: 9 };
  const ignore = { id: 'CVE-1', reason: 'x', owner: 'y', expires: '2026-01-01', position };
  const staleIgnores = [{ ignore, state: 'expired' as const, why: 'it expired on 2026-01-01' }];
  expect(linesOf(judged([subject('web')], { staleIgnores }))).toContain(
    '| CVE-1 (towpath.yaml:9) | expired | it expired on 2026-01-01 |',
  );
});

test('the rest is folded', () => {
  const rows = linesOf(
    judged([
      subject('web', { violations: fails('CVE-1'), allowed: [finding('CVE-5', { severity: 'low' })] }),
    ]),
  );
  expect(rows.filter((line) => line.startsWith('<details>'))).toEqual([
    '<details><summary>Why each finding fails (1)</summary>',
    '<details><summary>Findings that the policy allows (1)</summary>',
  ]);
});

describe('a report of 10,000 findings on each of 3 platforms', () => {
  const findings = Array.from({ length: 10_000 }, (_, index) =>
    finding(`CVE-2026-${index}`, {
      title: 'x'.repeat(2_000),
      package: { name: `package-${index % 500}`, version: '1.0.0', type: 'npm' },
      fix: { state: 'fixed', versions: [`1.0.${index % 50}`, `2.0.${index % 7}`] },
    }),
  );
  const violations = findings.map((one) => ({
    finding: one,
    reasons: ['critical is not allowed with fail-on: critical'],
  }));
  const report = judged(
    ['linux/amd64', 'linux/arm64', 'linux/s390x'].map((platform) =>
      subject('web', { violations, allowed: findings }, { platform }),
    ),
  );

  test.each([900_000, 60_000, 10_000, 1_000])('fits into %d bytes with the worst first', (maxLength) => {
    const before = process.cpuUsage();
    const text = summarise(report, maxLength).toString();
    const { user, system } = process.cpuUsage(before);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxLength);
    expect(text).toContain('Gate failed');
    // A second for all of the report is the goal; a busy machine gets more.
    expect((user + system) / 1e6).toBeLessThan(3);
  });

  test('says how many rows are left out', () => {
    expect(linesOf(report, 60_000).join('\n')).toMatch(
      /And \d+ more\. The files of the inputs <code>report-out<\/code>/,
    );
  });
});
