import { expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The step that finds the last run. */
const { jobs } = parse(readFileSync('.github/workflows/nightly.yml', 'utf8')) as {
  readonly jobs: {
    readonly gate: { readonly steps: readonly { readonly id?: string; readonly run?: string }[] };
  };
};
const script = jobs.gate.steps.find(({ id }) => id === 'last')?.run ?? '';

/** A program that answers like `gh api`: it applies the filter with jq to the response of a file. */
const gh = `#!/usr/bin/env bash
set -euo pipefail
while [ $# -gt 0 ]; do
  case "$1" in
    --jq) filter="$2"; shift 2 ;;
    --method) shift 2 ;;
    -f|-F) echo "$2" >> "$RESPONSES/fields"; shift 2 ;;
    repos/*) path="$1"; shift ;;
    *) shift ;;
  esac
done
jq -r "$filter" "$RESPONSES/\${path#repos/acme/payroll/actions/}/response"
`;

const own = { event: 'schedule', head_repository: { full_name: 'acme/payroll' } };
const report = { artifacts: [{ expired: false }] };

/** Runs the step, and returns its outputs. */
function lastRun(runs: readonly object[], artifacts: Readonly<Record<string, object>>): string {
  const folder = temporaryFolder();
  const responses = {
    'runs/9/response': { workflow_id: 5 },
    'workflows/5/runs/response': { workflow_runs: runs },
    ...Object.fromEntries(
      Object.entries(artifacts).map(([id, one]) => [`runs/${id}/artifacts/response`, one]),
    ),
  };
  writeFiles(folder, {
    'bin/gh': gh,
    output: '',
    ...Object.fromEntries(Object.entries(responses).map(([path, one]) => [path, JSON.stringify(one)])),
  });
  chmodSync(`${folder}/bin/gh`, 0o755);
  execFileSync('bash', ['-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: `${folder}/bin:${process.env.PATH ?? ''}`, RESPONSES: folder, NAME: 'towpath-nightly-prod' },
      ...{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/payroll', GITHUB_RUN_ID: '9' },
      ...{ GITHUB_REF_NAME: 'main', RUNNER_TEMP: '/temp', GITHUB_OUTPUT: `${folder}/output` },
    },
  });
  const fields = readFileSync(`${folder}/fields`, 'utf8');
  expect(fields).toContain('branch=main\nstatus=completed\n');
  return readFileSync(`${folder}/output`, 'utf8');
}

test('nightly compares with the newest run that has a report', () => {
  const runs = [8, 7, 6].map((id) => ({ ...own, id }));
  const artifacts = { 8: { artifacts: [] }, 7: { artifacts: [{ expired: true }] }, 6: report };
  expect(lastRun(runs, artifacts)).toBe('run=6\nfile=/temp/last-run/towpath-nightly.json\n');
});

test.each([
  {
    name: 'a fork whose branch has the same name',
    run: { ...own, head_repository: { full_name: 'eve/payroll' } },
  },
  { name: 'a repository that was deleted', run: { ...own, head_repository: null } },
  { name: 'a pull request', run: { ...own, event: 'pull_request' } },
  { name: 'an event that a fork can cause', run: { ...own, event: 'pull_request_target' } },
  { name: 'an issue comment', run: { ...own, event: 'issue_comment' } },
])('nightly does not compare with a run of $name', ({ run }) => {
  expect(lastRun([{ ...run, id: 8 }], { 8: report })).toBe('');
});

test('nightly finds no report before the first run, and fails if GitHub does not answer', () => {
  expect(lastRun([], {})).toBe('');
  expect(() => lastRun([{ ...own, id: 8 }], {})).toThrow();
});
