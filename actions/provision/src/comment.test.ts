import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { githubHost } from '@towpath/github';
import { startGitHubApi, temporaryFolder, writeFiles, type Ending, type GitHubApi } from '@towpath/testing';
import { join } from 'node:path';
import { commentOf } from './comment.ts';
import { provisioning, scenario, type Scenario } from './harness/team.ts';
import type { ProvisionPlan } from './plan.ts';
import { report } from './report.ts';

// The API is a stand-in over real HTTP: see packages/testing/src/github-api.ts.
let api: GitHubApi;

beforeEach(async () => {
  api = await startGitHubApi();
});

afterEach(() => api.close());

/** Plans in a run of a pull request. */
async function planning(scene: Scenario, settings: string, given: object = {}): Promise<Ending> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'event.json': JSON.stringify({ pull_request: { number: 7 } }) });
  const env = {
    GITHUB_API_URL: api.url,
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    GITHUB_WORKFLOW: 'Provision',
    GITHUB_JOB: 'plan',
  };
  return provisioning(scene, settings, {
    given: { mode: 'plan', comment: 'true', token: 'job-token', ...given },
    env,
    codeHost: githubHost,
  });
}

test('the plan is one comment on the pull request, which the next run replaces', async () => {
  const scene = await scenario();
  expect((await planning(scene, 'repositories: { tags: { team: "<b>@acme</b>" } }')).green).toBe(true);
  expect(api.comments).toHaveLength(1);
  expect(api.comments[0]?.body).toContain('### Plan\\: 2 repositories to change');
  await provisioning(scene, 'repositories: { tags: { team: x } }');
  await planning(scene, 'repositories: { tags: { team: "<b>@acme</b> | x" } }');
  expect(api.comments).toHaveLength(1);
  expect(api.comments[0]?.body).toContain('### Plan\\: 1 repository to change');
  expect(api.comments[0]?.body).not.toMatch(/<b>|@acme/);
});

/** A text that would do harm in a comment, with the name of its field. */
const hostile = (field: string) =>
  `${field}<b>@acme</b> | [x](https://evil.example) \`y\` #1\n### heading\n- item\n| a | b |\n<!-- x`;

test('no field of a plan becomes Markdown, HTML, a mention or a row of its own', () => {
  const registry = { kind: 'private', account: '1', region: 'r', host: hostile('HOST') } as const;
  const image = { digest: hostile('DIGEST'), tags: [hostile('TAG')], action: hostile('ACTION'), rule: 1 };
  const blocked = { message: hostile('MESSAGE'), hint: hostile('HINT') };
  const plan: ProvisionPlan = {
    mode: 'plan',
    basis: '',
    repositories: [
      {
        registry,
        repository: hostile('REPOSITORY'),
        changes: [{ setting: 'tags', value: {}, removed: [hostile('BEFORE')], added: [hostile('AFTER')] }],
        blocked: [{ setting: 'encryption', ...blocked }],
        warnings: [],
        notes: [hostile('NOTE')],
        expiring: [image, { ...image, digest: hostile('MEMBER'), belongsTo: image.digest }],
        exposed: [{ ...image, tags: [hostile('EXPOSED')], on: hostile('DAY') }],
        total: 2,
        unused: [],
      },
    ],
    removals: [{ registry, repository: hostile('REMOVED') }],
    registryChanges: [
      {
        registry,
        setting: 'pull-time exclusions',
        value: [],
        removed: [hostile('OLD')],
        added: [hostile('NEW')],
        notes: [hostile('REMARK')],
      },
    ],
    registryBlocked: [{ registry, setting: 'x', message: hostile('WHY'), hint: hostile('HOW') }],
    unusedPatterns: [],
    backfills: [],
    unmanaged: [hostile('UNMANAGED')],
    publicHosts: [],
    exports: {
      format: 'terraform',
      folder: '.',
      files: [{ name: hostile('FILE'), text: '', notes: [], missing: [hostile('MISSING')] }],
    },
  };
  const result = { applied: false, notEmpty: [], ineffective: [], backfills: {} };
  const { body } = commentOf(report(plan, result).summary, undefined);
  const fields =
    'HOST DIGEST TAG ACTION MESSAGE HINT REPOSITORY BEFORE AFTER NOTE MEMBER EXPOSED DAY REMOVED OLD NEW REMARK WHY HOW UNMANAGED FILE MISSING';
  expect(fields.split(' ').filter((field) => !body.includes(field))).toEqual([]);
  // An unknown element, a mention, a link, code, and blocks at the start of a line.
  expect(body).not.toMatch(
    /<(?!\/?code>|!-- -->)|@acme|\]\(|(?<!\\)`|^(?:- item|### heading|\| a )|(?<!&)#1/m,
  );
  const tables = body.split('\n\n').filter((block) => block.startsWith('|'));
  expect(tables).toHaveLength(3);
  for (const table of tables) {
    const widths = table
      .trim()
      .split('\n')
      .map((line) => line.split('|').length);
    expect(new Set(widths).size).toBe(1);
  }
});

test('a token that may not write leaves a notice, and the plan is green', async () => {
  const ending = await planning(await scenario(), '', { token: 'fork-token' });
  expect(ending.green).toBe(true);
  expect(ending.annotations).toContainEqual({
    level: 'notice',
    message: expect.stringContaining('Grant the job pull-requests: write') as object,
  });
});

test('there is no comment without the input', async () => {
  await planning(await scenario(), '', { comment: 'false' });
  expect(api.requests).toEqual([]);
});
