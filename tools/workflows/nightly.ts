import type { GitHubApi } from '@towpath/testing/github-api';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorkflowRun } from './act.ts';
import type { Scene } from './scene.ts';

/** The caller of the workflow, for one environment. */
const caller = (environment: string) => `name: nightly
on: [workflow_dispatch]
permissions: {}
jobs:
  nightly:
    uses: towpath/towpath/.github/workflows/nightly.yml@v1
    permissions: { actions: read, contents: read, id-token: write, issues: write }
    with:
      aws-region: us-east-1
      role: arn:aws:iam::111122223333:role/payroll-gate
      environment: ${environment}
`;

/** Responds like `gh api` about the last run: the workflow, its runs, and the number of reports of a run. */
const gh = `#!/bin/sh
case "$*" in
  *.workflow_id*) echo 5 ;;
  *workflows/5/runs*) echo 8 ;;
  *runs/8/artifacts*) echo "$LAST_REPORTS" ;;
  *) exit 1 ;;
esac
`;

/**
 * Runs the nightly workflow for an environment, with a stand-in for GitHub's API.
 *
 * @param lastReports the number of reports of the last run
 */
export async function judgeAtNight(
  { checkout: { folder }, run }: Scene,
  { url }: Pick<GitHubApi, 'url'>,
  environment: string,
  lastReports: 0 | 1,
): Promise<WorkflowRun> {
  await writeFile(join(folder, '.github/workflows/nightly.yml'), caller(environment));
  const programs = join(dirname(folder), 'programs');
  await mkdir(programs, { recursive: true });
  await writeFile(join(programs, 'gh'), gh, { mode: 0o755 });
  return run('nightly.yml', {
    event: 'workflow_dispatch',
    api: { url, token: 'job-token' },
    env: { PATH: `${programs}:${process.env.PATH ?? ''}`, LAST_REPORTS: String(lastReports) },
  });
}
