import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { githubHost } from '@towpath/github';
import { scenario, startGitHubApi, type Ending, type GitHubApi, type Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanGate } from './action.ts';

let api: GitHubApi;

beforeEach(async () => {
  api = await startGitHubApi();
});

afterEach(() => api.close());

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { web: {} }
environments: { prod: { from: build, tags: ['{environment}'], gate: GATE } }
`;
const critical = 'CRITICAL' as const;

/** A night: what the scanner finds, and the policy. */
interface Night {
  readonly findings: readonly (readonly [id: string, severity: 'CRITICAL' | 'LOW', version?: string])[];
  readonly gate?: string;
}

/** Gates prod as the workflow does, with the report of the night before. */
async function nights(...all: readonly Night[]): Promise<readonly Ending[]> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web');
  await scene.publish('payroll/web', 'prod', { name: 'web' });
  const endings: Ending[] = [];
  let last: string | undefined;
  for (const night of all) {
    const ending = await judge(scene, night, last);
    last = readFileSync(join(ending.workspace, 'night.json'), 'utf8');
    endings.push(ending);
  }
  return endings;
}

function judge(
  { emulator, play }: Scenario,
  { findings, gate = '{ fail-on: critical }' }: Night,
  last: string | undefined,
): Promise<Ending> {
  emulator.addFindings({
    'payroll/web:prod': {
      findings: findings.map(([name, severity, version = '1']) => ({
        ...{ name, severity },
        attributes: [
          { key: 'package_name', value: 'openssl' },
          { key: 'package_version', value: version },
        ],
      })),
    },
  });
  return play(scanGate, {
    files: { 'towpath.yaml': config.replace('GATE', gate), ...(last !== undefined && { 'last.json': last }) },
    given: {
      ...{ environment: 'prod', issue: 'true', token: 'job-token', 'report-out': 'night.json' },
      ...(last !== undefined && { 'baseline-report': 'last.json' }),
    },
    env: { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: 'acme/shop' },
    codeHost: githubHost,
  });
}

const first: Night = { findings: [['CVE-2026-1', critical]] };

describe('with the report of the night before', () => {
  test('only a finding that is new fails, and the issue lists all until they are fixed', async () => {
    const second = { findings: [...first.findings, ['CVE-2026-2', critical] as const] };
    const all = await nights(first, first, second, second, { findings: [] });
    expect(all.map(({ codes }) => codes)).toEqual([['gate-failed'], [], ['gate-failed'], [], []]);
    expect(all.map(({ outputs }) => outputs.verdict)).toEqual(['fail', 'pass', 'fail', 'pass', 'pass']);
    expect(all[1]?.summaries.join().replaceAll('\\', '')).toMatch(
      /no finding is new. 1 finding that failed before still breaks the policy[^]*#### What failed before[^]*CVE-2026-1/,
    );
    expect(all[2]?.annotations.map(({ message }) => message).join()).toContain('not allow: CVE-2026-2.');
    // One issue, one comment about the second finding, and the end.
    expect(api.issues).toMatchObject([{ state: 'closed' }]);
    expect(api.comments.map(({ body }) => body)).toEqual([
      expect.stringMatching(/^New:\n\n- `web: CVE-2026-2/),
    ]);
  });

  test('the issue stays open while a finding of an earlier night is not fixed', async () => {
    await nights(first, first, first);
    expect(api.issues).toMatchObject([{ state: 'open', body: expect.stringContaining('CVE') as unknown }]);
    expect(api.comments).toEqual([]);
  });

  test.each<{ name: string; before: Night; after: Night; isNew: boolean }>([
    {
      name: 'another version of the package',
      before: first,
      after: { findings: [['CVE-2026-1', critical, '2']] },
      isNew: false,
    },
    { name: 'a worse severity', before: { findings: [['CVE-2026-1', 'LOW']] }, after: first, isNew: true },
    { name: 'a stricter policy', before: { ...first, gate: '{ fail-on: none }' }, after: first, isNew: true },
    {
      name: 'an ignore that ended',
      before: {
        ...first,
        gate: '{ ignore: [{ id: CVE-2026-1, reason: r, owner: o, expires: EXPIRES }] }'.replace(
          'EXPIRES',
          new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
        ),
      },
      after: first,
      isNew: true,
    },
    {
      name: 'one more finding above a maximum',
      before: {
        findings: [
          ['CVE-2026-1', 'LOW'],
          ['CVE-2026-2', 'LOW'],
        ],
        gate: '{ max: { low: 1 } }',
      },
      after: {
        findings: [
          ['CVE-2026-1', 'LOW'],
          ['CVE-2026-2', 'LOW'],
          ['CVE-2026-3', 'LOW'],
        ],
        gate: '{ max: { low: 1 } }',
      },
      isNew: true,
    },
  ])('$name is new: $isNew', async ({ before, after, isNew }) => {
    const [, ending] = await nights(before, after);
    expect(ending?.outputs.verdict).toBe(isNew ? 'fail' : 'pass');
  });
});

describe('a report that cannot be the baseline is an error:', () => {
  const report = (environment: string) =>
    JSON.stringify({
      ...{ schemaVersion: 1, verdict: 'pass', environment, reportOnly: false, policy: {} },
      ...{ images: [], staleIgnores: [], problems: [], warnings: [] },
    });

  test.each([
    { name: 'a broken one', last: '{', why: 'is not a report of this version' },
    { name: 'the report of a scanner', last: '{"SchemaVersion":2}', why: 'is not a report of this version' },
    {
      name: 'that of another environment',
      last: report('test'),
      why: 'last.json is about the environment test, and this run judges the environment prod',
    },
  ])('$name', async ({ last, why }) => {
    const scene = await scenario();
    const { codes, outputs, requests } = await judge(scene, first, last);
    expect(codes).toEqual(['report-invalid']);
    expect(outputs.problems).toContain(why);
    expect(requests).toEqual([]);
  });

  test('one that does not exist', async () => {
    const { play } = await scenario();
    const { codes } = await play(scanGate, {
      files: { 'towpath.yaml': config.replace('GATE', 'off') },
      given: { environment: 'prod', 'baseline-report': 'none.json' },
    });
    expect(codes).toEqual(['report-invalid']);
  });
});

test('nothing of an image without a complete scan counts as known', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web');
  await scene.publish('payroll/web', 'prod', { name: 'web' });
  const [found] = await nights(first);
  const text = readFileSync(join(found?.workspace ?? '', 'night.json'), 'utf8');
  const last = text.replaceAll('"verdict": "fail"', '"verdict": "unknown"');
  expect((await judge(scene, first, last)).outputs.verdict).toBe('fail');
  expect((await judge(scene, first, text)).outputs.verdict).toBe('pass');
});
