import { describe, expect, test } from '@jest/globals';
import { lint } from '@towpath/dockerfile-rules';
import { sarifCheck } from '@towpath/testing/sarif-schema';
import { formatCodeQuality, formatJunit, formatSarif, type CheckedFile } from './index.ts';

/** Checks a Dockerfile, with characters that XML and JSON have to escape. */
function checked(file: string): CheckedFile {
  const text =
    '# towpath ignore=base-tag rebuilt "every" night\nFROM node\nENV A_TOKEN=$B\nRUN apk add <&"x"\nRUN apk add a\nRUN apk add a\nCMD a\n';
  const { findings, suppressed } = lint({ file, text });
  const external = findings.map((one) => ({ ...one, rule: 'hadolint/DL3059', message: 'a\u0007<]]>&"b"' }));
  return {
    file,
    text,
    images: ['web'],
    findings: [...findings, ...external.slice(0, 1)],
    suppressed,
    edits: [],
  };
}

const files = [checked('Dockerfile'), checked('a b/ü&.Dockerfile'), { ...checked('c'), findings: [] }];
const all = files.flatMap(({ findings }) => findings);

describe('the reports of lint', () => {
  test('as SARIF are valid, and have every finding, and those that were turned off with their reason', async () => {
    const log = JSON.parse(formatSarif(files).parts.join('')) as {
      runs: { results: { ruleId: string; suppressions?: { justification: string }[] }[] }[];
    };
    expect((await sarifCheck())(log)).toEqual([]);
    const { runs } = log;
    const results = runs.flatMap((run) => run.results);
    expect(results.filter(({ suppressions = [] }) => suppressions.length === 0)).toHaveLength(all.length);
    expect(results.filter(({ suppressions = [] }) => suppressions.length > 0)).toMatchObject(
      files.map(() => ({ ruleId: 'base-tag', suppressions: [{ justification: 'rebuilt "every" night' }] })),
    );
  });

  test('as JUnit XML count their cases and failures, without characters that XML cannot contain', () => {
    const xml = formatJunit(files);
    const suites = xml.match(/<testsuite .*?<\/testsuite>/gs) ?? [];
    expect(suites).toHaveLength(files.length);
    for (const suite of suites) {
      const count = (form: RegExp) => String((suite.match(form) ?? []).length);
      expect(/tests="(\d+)" failures="(\d+)" errors="0"/.exec(suite)?.slice(1)).toEqual([
        count(/<testcase /g),
        count(/<failure /g),
      ]);
    }
    expect(xml).toContain('classname="a b/ü&#38;.Dockerfile"');
    expect(xml).not.toContain('\u0007');
    expect(xml).not.toMatch(/"b"|&(?!#\d+;)/);
  });

  test('as code quality of GitLab have all fields, and a fingerprint for each finding that lines do not change', () => {
    const read = (some: readonly CheckedFile[]) =>
      JSON.parse(formatCodeQuality(some)) as { fingerprint: string }[];
    const issues = read(files);
    expect(issues).toEqual(
      all.map(({ rule, file, line }) => ({
        description: expect.stringMatching(/./),
        check_name: rule,
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        severity: expect.stringMatching(/^(?:info|minor|major|critical|blocker)$/),
        location: { path: file, lines: { begin: line } },
      })),
    );
    const fingerprints = issues.map(({ fingerprint }) => fingerprint);
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
    const moved = files.map((one) => ({
      ...one,
      findings: one.findings.map((found) => ({ ...found, line: found.line + 5 })),
    }));
    expect(read(moved).map(({ fingerprint }) => fingerprint)).toEqual(fingerprints);
  });
});
