import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '@towpath/stage';
import { scenario, temporaryFolder, writeFiles } from '@towpath/testing';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readSnippets } from './snippets.ts';

const run = promisify(execFile);

/** The values of a user, all different from those of the example. */
const own = {
  ACCOUNT: '222233334444',
  PROD: '555566667777',
  REGION: 'eu-central-1',
  REPOSITORY: 'octo/payroll-service',
  PREFIX: 'wages',
};
const roles = ['publish', 'promote-dev', 'promote-test', 'promote-prod', 'build'];

/**
 * Programs that the commands call. `git` clones this workspace. The others record their arguments and read the
 * files that they are given, as the real programs do.
 */
const programs = `
git() { mkdir towpath && cp -r "$WORKSPACE/examples" towpath/; }
record() {
  printf '%s' "$1" >> "$CALLS"; printf '\\t%s' "\${@:2}" >> "$CALLS"; printf '\\n' >> "$CALLS"
  for argument in "$@"; do case "$argument" in file://*) test -s "\${argument#file://}" || exit 9;; esac; done
}
aws() { record aws "$@"; }
gh() { record gh "$@"; echo 583231; }
`;

/** Returns the commands of a step of the README. */
function commandsOf(step: number): string {
  const text = readFileSync('README.md', 'utf8');
  const lineOf = (number: number): number =>
    text.slice(0, text.indexOf(`\n**${number}. `) + 1).split('\n').length;
  return readSnippets()
    .filter(({ place, language }) => {
      const line = Number(/^README\.md:(\d+)$/.exec(place)?.[1] ?? 0);
      return language === 'sh' && line > lineOf(step) && line < lineOf(step + 1);
    })
    .map((snippet) => snippet.text)
    .join('\n');
}

/** Replaces the example's values in the text of the README by those of the user. */
function adapt(commands: string): string {
  const given = Object.entries(own).reduce(
    (text, [name, value]) => text.replace(new RegExp(`\\b${name}=\\S+`), `${name}=${value}`),
    commands,
  );
  expect(given).not.toBe(commands);
  return given;
}

describe('the commands of the README', () => {
  const folder = temporaryFolder();
  const calls = join(folder, 'calls');
  let recorded: readonly (readonly string[])[] = [];

  beforeAll(async () => {
    writeFiles(folder, { calls: '' });
    const script = `${programs}\n${adapt(commandsOf(3))}`;
    const env = { PATH: process.env.PATH, WORKSPACE: resolve('.'), CALLS: calls };
    await run('bash', ['-euc', script], { cwd: folder, env });
    recorded = readFileSync(calls, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
  });

  test('leave no value of the example in any policy', () => {
    const policies = readdirSync(join(folder, 'iam')).filter((file) => file.endsWith('.json'));
    expect(policies.length).toBeGreaterThan(14);
    for (const file of policies) {
      const text = readFileSync(join(folder, 'iam', file), 'utf8');
      expect([file, text.match(/111122223333|444455556666|us-east-1|acme|payroll(?!-service:)/g)]).toEqual([
        file,
        null,
      ]);
      expect(() => JSON.parse(text) as unknown).not.toThrow();
    }
  });

  test('create one role for each trust policy, with policies that exist', () => {
    const named = (call: readonly string[], option: string): string => call[call.indexOf(option) + 1] ?? '';
    const created = recorded.filter((call) => call[2] === 'create-role');
    expect(created.map((call) => named(call, '--role-name'))).toEqual(roles.map((name) => `wages-${name}`));
    const attached = recorded.filter((call) => call[2] === 'put-role-policy');
    expect(attached.length).toBe(9);
  });

  test('allow only main in every environment, and require a reviewer for prod', () => {
    const gh = recorded.filter(([program]) => program === 'gh').map((call) => call.join(' '));
    for (const name of ['publish', 'dev', 'test', 'prod']) {
      const environment = `repos/octo/payroll-service/environments/${name}`;
      expect(gh).toContainEqual(
        expect.stringMatching(
          `PUT ${environment} .*\\[protected_branches\\]=false .*\\[custom_branch_policies\\]=true`,
        ),
      );
      expect(gh).toContain(`gh api --method POST ${environment}/deployment-branch-policies -f name=main`);
    }
    const reviewed = gh.filter((call) => call.includes('reviewers[][id]=583231'));
    expect(reviewed).toEqual([expect.stringContaining('/environments/prod ')]);
  });
});

/** Returns whether the AWS CLI is on PATH and starts. */
function hasAwsCli(): Promise<boolean> {
  return run('aws', ['--version']).then(
    () => true,
    () => false,
  );
}

const ifAwsCli = (await hasAwsCli()) ? test : test.skip;

ifAwsCli(
  'step 2 creates the repositories in both accounts',
  async () => {
    const { shared, prod, emulator } = await scenario();
    const home = temporaryFolder();
    writeFiles(home, { credentials: profile('payroll', shared) + profile('payroll-prod', prod) });
    const aws = `aws() { command aws --endpoint-url ${emulator.api} "$@"; }`;
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    await run('bash', ['-euc', `${aws}\n${commandsOf(2)}`], { env });
    for (const name of ['backend', 'web', 'towpath'])
      expect(await shared.tags(`payroll/${name}`)).toEqual([]);
    for (const name of ['backend', 'web']) expect(await prod.tags(`payroll/${name}`)).toEqual([]);
  },
  120_000,
);

/** Returns a profile for the credentials file of the AWS CLI. */
function profile(name: string, { credentials }: Caller): string {
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '' } = credentials;
  return `[${name}]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\n`;
}
