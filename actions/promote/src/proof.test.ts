import { afterEach, describe, expect, test } from '@jest/globals';
import { githubHost } from '@towpath/github';
import { promotionStatementSchema } from '@towpath/ledger';
import { scenario, startGitHubApi, type Ending, type GitHubApi, type Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { promote } from './action.ts';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { web: { platforms: [linux/amd64, linux/arm64] } }
environments:
  dev: { from: build, gate: off }
  prod: { from: dev, gate: off, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com }
`;
const commit = 'c'.repeat(40);
const run = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SHA: commit,
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_ACTOR: 'octocat',
};
const ofRun = {
  ...run,
  GITHUB_SERVER_URL: 'https://github.test',
  GITHUB_RUN_ID: '7',
  GITHUB_REF: 'refs/heads/main',
};

async function team(ledgers = true): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web');
  if (ledgers) await scene.shared.createRepository('payroll/towpath');
  const web = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] };
  if (ledgers) await scene.release('1.0.0', 'payroll/towpath', { 'payroll/web': web });
  else await scene.publish('payroll/web', 'build-1.0.0', web);
  return scene;
}

function promoting(scene: Scenario, given: Readonly<Record<string, string>> = {}, env = {}): Promise<Ending> {
  return scene.play(promote, {
    files: { 'towpath.yaml': config },
    env: { ...ofRun, ...env },
    given: { version: '1.0.0', 'target-environment': 'dev', ...given },
    codeHost: githubHost,
  });
}

function fileOf({ outputs }: Ending, name: string): string {
  return readFileSync(outputs[name] ?? '', 'utf8');
}

describe('the statement about a promotion', () => {
  test.each([true, false])('is a file with every digest, with a ledger: %s', async (isRecorded) => {
    const scene = await team(isRecorded);
    const ending = await promoting(scene);
    expect(ending.codes).toEqual([]);
    const statement = promotionStatementSchema.parse(JSON.parse(fileOf(ending, 'statement')));
    const root = (await scene.shared.digestOf('payroll/web', 'build-1.0.0')) ?? '';
    const index = JSON.parse(await scene.shared.manifestText('payroll/web', root as never)) as {
      manifests: { digest: string }[];
    };
    const digests = [root, ...index.manifests.map(({ digest }) => digest)];
    expect(statement.subject).toEqual(
      digests.map((digest) => ({
        name: '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web',
        digest: { sha256: digest.replace('sha256:', '') },
      })),
    );
    expect(statement.predicate).toMatchObject({
      ...{ environment: 'dev', version: '1.0.0', from: 'build', actor: 'octocat', kind: 'promotion' },
      run: 'https://github.test/acme/shop/actions/runs/7',
      source: { repository: 'acme/shop', revision: commit },
      images: [{ name: 'web', digest: root, verdict: 'off' }],
    });
    expect(statement.predicate.entry).toBe(isRecorded ? 'dev.1' : undefined);
    expect(ending.outputs.statement).toMatch(/\/towpath-promotion\/dev\/statement\.json$/);
  });

  test('is also there in the parts that actions/attest signs', async () => {
    const ending = await promoting(await team());
    const statement = promotionStatementSchema.parse(JSON.parse(fileOf(ending, 'statement')));
    expect(JSON.parse(fileOf(ending, 'predicate'))).toEqual(statement.predicate);
    expect(ending.outputs['predicate-type']).toBe(statement.predicateType);
    expect(fileOf(ending, 'subjects').trimEnd().split('\n')).toEqual(
      statement.subject.map(({ name, digest }) => `${digest.sha256}  ${name}`),
    );
  });
});

describe('with a token', () => {
  let api: GitHubApi | undefined;

  afterEach(() => api?.close());

  async function withToken(token: string, given = {}): Promise<Ending> {
    api = await startGitHubApi();
    return promoting(await team(), { token, ...given }, { GITHUB_API_URL: api.url });
  }

  test('a deployment says which commit the environment runs, with its address and the page of the run', async () => {
    const ending = await withToken('job-token', { 'environment-url': 'https://dev.shop.example' });
    expect(ending.codes).toEqual([]);
    expect(api?.deployments).toEqual([
      expect.objectContaining({
        environment: 'dev',
        ref: commit,
        statuses: [
          expect.objectContaining({
            state: 'success',
            log_url: 'https://github.test/acme/shop/actions/runs/7',
            environment_url: 'https://dev.shop.example',
          }),
        ],
      }),
    ]);
    expect(ending.masks).toContain('job-token');
  });

  test('that may not create deployments there is one notice, and the promotion succeeds', async () => {
    const ending = await withToken('fork-token');
    expect(ending.green).toBe(true);
    const told = ending.annotations.filter(({ message }) => message.includes('deployment'));
    expect(told).toEqual([
      expect.objectContaining({
        level: 'notice',
        message: expect.stringContaining('deployments: write') as unknown,
      }),
    ]);
  });

  test('nothing of it is in the plan', async () => {
    const ending = await withToken('job-token', { 'plan-out': 'plan.json' });
    expect(readFileSync(`${ending.workspace}/plan.json`, 'utf8')).not.toContain('job-token');
  });
});
