import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gateReportSchema } from '@towpath/gate';
import { githubHost } from '@towpath/github';
import {
  scenario,
  startGitHubApi,
  temporaryFolder,
  writeFiles,
  type Ending,
  type GitHubApi,
  type Scenario,
} from '@towpath/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanGate } from './action.ts';

// The API is a stand-in over real HTTP: see packages/testing/src/github-api.ts.
let api: GitHubApi;

beforeEach(async () => {
  api = await startGitHubApi();
});

afterEach(() => api.close());

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: { context: backend }
`;

const dockerfile = `FROM golang AS build
RUN apt-get install -y make
FROM debian:12
RUN apt-get update \\
 && apt-get install -y openssl`;

async function team(name = 'openssl'): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/backend');
  await scene.publish('payroll/backend', 'build-1.0.0', { name: 'backend' });
  const attributes = [
    { key: 'package_name', value: name },
    { key: 'package_version', value: '3.0.1' },
  ];
  scene.emulator.addFindings({
    'payroll/backend:build-1.0.0': {
      findings: [
        { name: 'CVE-2026-1', severity: 'CRITICAL', uri: 'https://example.com/1', attributes },
        { name: 'CVE-2026-2', severity: 'LOW', uri: 'https://example.com/2', attributes },
      ],
    },
  });
  return scene;
}

function gate(
  scene: Scenario,
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Ending> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'event.json': '{"pull_request":{"number":7}}' });
  return scene.play(scanGate, {
    files: { 'towpath.yaml': config, 'backend/Dockerfile': dockerfile },
    given: { version: '1.0.0', token: 'job-token', ...given },
    env: {
      GITHUB_API_URL: api.url,
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_EVENT_PATH: join(folder, 'event.json'),
      ...env,
    },
    codeHost: githubHost,
  });
}

const outFiles = { 'sarif-out': 'out/gate.sarif', 'report-out': 'out/gate.json' };

describe('the files of the report', () => {
  test('are written although the step fails', async () => {
    const { green, workspace, outputs } = await gate(await team(), outFiles);
    expect(green).toBe(false);
    expect(outputs).toMatchObject({ verdict: 'fail', sarif: 'out/gate.sarif', report: 'out/gate.json' });
    const report: unknown = JSON.parse(readFileSync(join(workspace, 'out/gate.json'), 'utf8'));
    expect(gateReportSchema.parse(report)).toMatchObject({
      verdict: 'fail',
      images: [
        {
          name: 'backend',
          repository: 'payroll/backend',
          platforms: [
            {
              violations: [{ finding: { id: 'CVE-2026-1', package: { name: 'openssl' } } }],
              allowed: [{ id: 'CVE-2026-2' }],
            },
          ],
        },
      ],
      problems: [{ code: 'gate-failed' }],
    });
    expect(JSON.stringify(report)).not.toContain('111122223333');
  });

  test('name the line that installs the package', async () => {
    const { workspace } = await gate(await team(), outFiles);
    const sarif = JSON.parse(readFileSync(join(workspace, 'out/gate.sarif'), 'utf8')) as object;
    expect(sarif).toMatchObject({
      runs: [
        {
          automationDetails: { id: 'towpath/backend/' },
          results: [
            {
              ruleId: 'CVE-2026-1',
              level: 'error',
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'backend/Dockerfile' },
                    region: { startLine: 5 },
                  },
                },
              ],
            },
            { ruleId: 'CVE-2026-2', level: 'note' },
          ],
        },
      ],
    });
  });

  test('name the FROM line of another package, and the configuration without a Dockerfile', async () => {
    const scene = await team('zlib');
    const positionOf = ({ annotations }: Ending) =>
      annotations.find(({ level }) => level === 'error')?.position;
    const ending = await gate(scene, outFiles);
    expect(positionOf(ending)).toEqual({ file: 'backend/Dockerfile', line: 3 });
    const sarif = readFileSync(join(ending.workspace, 'out/gate.sarif'), 'utf8');
    expect(sarif).toContain('"startLine":3');
    const bare = await scene.play(scanGate, {
      files: { 'towpath.yaml': config },
      given: { version: '1.0.0' },
    });
    expect(positionOf(bare)).toEqual({ file: 'towpath.yaml', line: 1 });
  });

  test('leave out an image without a complete scan, so that its alerts stay open', async () => {
    const scene = await team();
    scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { status: 'FAILED' } });
    const { workspace, annotations, outputs } = await gate(scene, outFiles);
    expect(outputs.verdict).toBe('unknown');
    expect(JSON.parse(readFileSync(join(workspace, 'out/gate.sarif'), 'utf8'))).toMatchObject({ runs: [] });
    expect(annotations.map(({ message }) => message).join()).toContain(
      'The SARIF file does not contain backend: the scan is not complete',
    );
  });

  test('are not written in a dry run', async () => {
    const { workspace, green } = await gate(await team(), {
      ...outFiles,
      'dry-run': 'true',
      comment: 'true',
    });
    expect(green).toBe(true);
    expect(existsSync(join(workspace, 'out'))).toBe(false);
    expect(api.requests).toEqual([]);
  });

  test.each(
    ['sarif-out', 'report-out', 'junit-out'].flatMap((input) =>
      ['../outside', '/etc/gate', 'towpath.yaml/x'].map((path) => ({ input, path })),
    ),
  )('must be in a folder of the workspace, unlike $input: $path', async ({ input, path }) => {
    const { codes, outputs, requests } = await gate(await team(), { [input]: path });
    expect(codes).toEqual(['input-invalid']);
    expect(outputs.verdict).toBeUndefined();
    expect(requests).toEqual([]);
  });

  test('must have different names', async () => {
    const { codes } = await gate(await team(), { 'sarif-out': 'a.json', 'report-out': './a.json' });
    expect(codes).toEqual(['input-invalid']);
  });
});

describe('the annotations', () => {
  test('stand at the FROM line and at the line that installs the package', async () => {
    const { annotations } = await gate(await team(), {});
    expect(annotations.map(({ level, position }) => [level, position?.file, position?.line])).toEqual([
      ['warning', 'backend/Dockerfile', 5],
      ['error', 'backend/Dockerfile', 3],
    ]);
    expect(annotations[0]?.message).toBe(
      'openssl 3.0.1 has 1 finding that fails (1 critical) in backend. The scanner names no version that fixes them.',
    );
  });
});

describe('the comment', () => {
  test('has the report, and is replaced by the next run', async () => {
    const scene = await team();
    await gate(scene, { comment: 'true' });
    expect(api.comments).toHaveLength(1);
    expect(api.comments[0]?.body).toMatch(/^<!-- towpath:scan-gate:[0-9a-f:]+ {2}-->\n### ❌ Gate failed\n/);
    scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: [] } });
    await gate(scene, { comment: 'true' });
    expect(api.comments).toHaveLength(1);
    expect(api.comments[0]?.body).toContain('### ✅ Gate passed');
  });

  test('of another selection of images is another one', async () => {
    const scene = await team();
    await gate(scene, { comment: 'true' });
    await gate(scene, { comment: 'true', only: 'backend' });
    expect(api.comments).toHaveLength(2);
  });

  test('that a fork may not write is one notice, and the verdict stays', async () => {
    const { annotations, outputs } = await gate(await team(), { comment: 'true', token: 'fork-token' });
    expect(outputs['failure-reason']).toBe('gate-failed');
    const notices = annotations.filter(({ level }) => level === 'notice');
    expect(notices).toHaveLength(1);
    expect(notices[0]?.message).toContain('Grant the job pull-requests: write');
  });

  test('that GitHub cannot store is a warning, and the verdict stays', async () => {
    api.fail(({ method }) => method === 'POST', { status: 422 });
    const scene = await team();
    scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: [] } });
    const { annotations, green } = await gate(scene, { comment: 'true' });
    expect(green).toBe(true);
    expect(annotations).toMatchObject([
      { level: 'warning', message: expect.stringContaining('was not written') as unknown },
    ]);
  });

  test('is written after the files, so a failed file writes none', async () => {
    const scene = await team();
    const { codes } = await gate(scene, { comment: 'true', ...outFiles, 'report-out': 'towpath.yaml/x' });
    expect(codes).toEqual(['input-invalid']);
    expect(api.comments).toEqual([]);
  });

  test('needs a token', async () => {
    const { codes } = await gate(await team(), { comment: 'true', token: '' });
    expect(codes).toEqual(['input-invalid']);
  });

  test('has no token in the plan or in the log', async () => {
    const { workspace, lines } = await gate(await team(), { comment: 'true', 'plan-out': 'plan.json' });
    expect(readFileSync(join(workspace, 'plan.json'), 'utf8')).not.toContain('job-token');
    expect(lines.join('\n')).not.toContain('job-token');
  });
});

describe('the issue', () => {
  test('is opened if an image does not pass, and closed if all pass', async () => {
    const scene = await team();
    await gate(scene, { issue: 'true' });
    expect(api.issues).toMatchObject([
      { title: 'The images do not pass the gate', state: 'open', labels: ['towpath'] },
    ]);
    scene.emulator.addFindings({ 'payroll/backend:build-1.0.0': { findings: [] } });
    await gate(scene, { issue: 'true' });
    expect(api.issues).toMatchObject([{ state: 'closed' }]);
  });

  test('gets a comment if the verdict gets worse', async () => {
    const scene = await team();
    await gate(scene, { issue: 'true' });
    scene.emulator.addFindings({
      'payroll/backend:build-1.0.0': {
        findings: ['CVE-2026-1', 'CVE-2026-3'].map((name) => ({ name, severity: 'CRITICAL' as const })),
      },
    });
    await gate(scene, { issue: 'true' });
    expect(api.comments.map(({ body }) => body)).toEqual([expect.stringContaining('backend: CVE-2026-3')]);
  });
});
