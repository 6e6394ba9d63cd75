import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { fileKeys } from './file-keys.ts';
import { resultOf, towpath, type Situation } from './harness/towpath.ts';
import { allCommands } from './own-commands.ts';

interface Shown {
  readonly input: string;
  readonly value?: string;
  readonly source: string;
  readonly from?: string;
}

const secret = 'correct-horse-battery';

const files = {
  Dockerfile: 'FROM scratch\n',
  'towpath.yaml': `registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/team
tags: ['build-{version}', '{sha}']
reuse: { max-age: 7d }
images:
  api: { context: ., platforms: [linux/amd64, linux/arm64], repository: team/own, args: { NODE: '22' } }
  web: { context: ., secrets: { npm: { env: NPM_AUTH } } }
lint: { build: fail }
gate: { fail-on: high, max-age: 7d }
environments:
  test: { from: build, role: 'arn:aws:iam::111122223333:role/test' }
  prod: { from: test, gate: { fail-on: low } }
`,
};

/** Returns the inputs that the command shows, by the name of their command. */
async function show(args: readonly string[], situation: Situation = {}): Promise<Record<string, Shown[]>> {
  const ended = await towpath(['config', 'show', ...args, '--json'], { files, ...situation });
  const [exitCode, result] = resultOf(ended) as [number, { outputs: { commands: never } }];
  expect([exitCode, ended.stderr]).toEqual([0, expect.anything()]);
  const commands = result.outputs.commands as readonly { command: string; inputs: Shown[] }[];
  return Object.fromEntries(commands.map(({ command, inputs }) => [command, inputs]));
}

const of = (shown: readonly Shown[] | undefined, input: string): Shown | undefined =>
  shown?.find((one) => one.input === input);

describe('config show', () => {
  test('lists every input of every command', async () => {
    const shown = await show([]);
    for (const { name, flags } of allCommands().filter((one) => one.name !== 'config show'))
      expect(shown[name]?.map(({ input }) => input)).toEqual(flags.map((flag) => flag.name));
    expect(shown['all commands']?.map(({ input }) => input)).toContain('json');
  });

  test('names the flag before the variable, the variable before the file, and the file before the default', async () => {
    const env = { TOWPATH_TAGS: 'from-variable', TOWPATH_FAIL_ON: '' };
    const without = await show(['publish']);
    expect(of(without.publish, 'tags')).toEqual({
      ...{ input: 'tags', value: 'build-{version}, {sha}' },
      ...{ source: 'file', from: 'towpath.yaml:2' },
    });
    expect(of((await show(['publish'], { env })).publish, 'tags')).toMatchObject({
      ...{ value: 'from-variable', source: 'variable', from: 'TOWPATH_TAGS' },
    });
    expect(of((await show(['publish', '--tags', 'from-flag'], { env })).publish, 'tags')).toMatchObject({
      ...{ value: 'from-flag', source: 'flag', from: '--tags' },
    });
    const unset = { 'towpath.yaml': 'images: { web: { context: . } }\n' };
    expect(of((await show(['publish'], { files: unset })).publish, 'tags')).toMatchObject({
      ...{ value: 'build-{version}', source: 'default' },
    });
    expect(of(without.publish, 'version')).toMatchObject({ value: 'auto', source: 'default' });
    expect(of((await show(['scan-gate'], { env }))['scan-gate'], 'fail-on')).toMatchObject({
      source: 'file',
    });
  });

  test.each([
    ['build', 'platforms', 'api: linux/amd64, linux/arm64', 5],
    ['build', 'build-args', 'api: NODE=***', 5],
    ['build', 'reuse', '7 days', 3],
    ['build', 'lint', 'fail', 7],
    ['publish', 'registry', '111122223333.dkr.ecr.us-east-1.amazonaws.com/team', 1],
    ['publish', 'ecr-repository', 'api: team/own', 5],
    ['scan-gate', 'fail-on', 'high\nprod: low', 8],
    ['scan-gate', 'max-age', '7 days', 8],
    ['promote', 'target-role', 'test: arn:aws:iam::111122223333:role/test', 10],
    ['rollback', 'target-role', 'test: arn:aws:iam::111122223333:role/test', 10],
  ])('%s reads %s from the file', async (command, input, value, line) => {
    expect(of((await show([command]))[command], input)).toEqual({
      ...{ input, value, source: 'file', from: `towpath.yaml:${line}` },
    });
  });

  test.each([
    ['build', 'attestations', 'referrers'],
    ['build', 'scan', 'auto'],
    ['build', 'lint', 'warn'],
    ['build', 'cache', 'none'],
    ['build', 'reuse', 'off'],
    ['scan-gate', 'fail-on', 'critical'],
    ['scan-gate', 'on-unsupported', 'fail'],
    ['publish', 'registry', 'the registry of the AWS account'],
  ])('%s has a default of %s without a configuration', async (command, input, value) => {
    const shown = await show([command], { files: { Dockerfile: 'FROM scratch\n' } });
    expect(of(shown[command], input)).toMatchObject({ value, source: 'default' });
  });

  test('marks a required input that has no value', async () => {
    const { stdout, exitCode } = await towpath(['config', 'show', 'promote'], { files });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^target-environment +not set \(required\)$/m);
    expect(stdout).toMatch(/^timeout +15m +default$/m);
    expect(stdout).toMatch(/^source-environment +test: build, prod: test +towpath\.yaml:10$/m);
  });

  test('shows no secret, in a table and in JSON', async () => {
    const env = {
      ...{
        TOWPATH_BUILD_ARGS: `TOKEN=${secret}`,
        TOWPATH_PROXY: `HTTPS_PROXY=http://me:${secret}@proxy.test`,
      },
      ...{
        TOWPATH_BUILDER: `tcp://me:${secret}@arm.test:1234`,
        NPM_AUTH: secret,
        TOWPATH_REASON: `x ${secret}`,
      },
    };
    for (const args of [[], ['--json'], ['--driver-opts', `"env.A=1\n${secret}"`]]) {
      const { stdout, stderr, exitCode } = await towpath(['config', 'show', ...args], { files, env });
      expect(exitCode).toBe(0);
      expect(stdout).toContain('TOKEN=***');
      expect(`${stdout}${stderr}`).not.toContain(secret);
    }
  });

  test('reads the region from AWS variables, or else from the profile', async () => {
    const home = temporaryFolder();
    writeFiles(home, { config: '[profile payroll]\nregion = eu-central-1\n' });
    const profile = {
      AWS_CONFIG_FILE: `${home}/config`,
      AWS_SHARED_CREDENTIALS_FILE: `${home}/none`,
      AWS_PROFILE: 'payroll',
    };
    expect(of((await show(['build'], { env: profile })).build, 'region')).toMatchObject({
      ...{ value: 'eu-central-1', source: 'profile', from: 'payroll' },
    });
    const env = { ...profile, AWS_DEFAULT_REGION: 'us-east-1' };
    expect(of((await show(['build'], { env })).build, 'region')).toMatchObject({
      ...{ value: 'us-east-1', source: 'variable', from: 'AWS_DEFAULT_REGION' },
    });
  });

  test('warns about a variable that no command reads', async () => {
    const { stderr } = await towpath(['config', 'show', 'build'], {
      files,
      env: { TOWPATH_MAX_PARALEL: '2' },
    });
    expect(stderr).toContain('TOWPATH_MAX_PARALEL. Did you mean TOWPATH_MAX_PARALLEL?');
  });

  test('suggests the nearest command for one that does not exist', async () => {
    const { exitCode, stdout } = await towpath(['config', 'show', 'biuld', '--json'], { files });
    expect([exitCode, stdout]).toEqual([2, expect.stringContaining('Did you mean build?')]);
  });

  test('reads values from the other forms of a configuration', async () => {
    const template = `Mappings:
  ImageBuildConfiguration:
    api: { imageName: api, buildContext: ., platform: linux/arm64 }
Parameters:
  RepositoryPrefix: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /team/registry }
`;
    const { build, publish } = await show([], {
      files: { 'template.yaml': template, Dockerfile: 'FROM scratch\n' },
    });
    expect(of(build, 'platforms')).toMatchObject({ value: 'api: linux/arm64', from: 'template.yaml' });
    expect(of(publish, 'registry')).toMatchObject({ value: 'ssm:/team/registry', from: 'template.yaml' });
    expect(of(publish, 'config')).toMatchObject({ value: 'template.yaml', source: 'default' });
  });
});

test('every input whose description names the configuration has a key of the file, and keys exist only for inputs', () => {
  const commands = allCommands().filter(({ readsFlags }) => readsFlags !== true);
  const described = commands.flatMap(({ name, flags }) =>
    flags
      .filter(({ description }) =>
        /of the configuration|the configured|`role` of|It must be in `from`/.test(description),
      )
      .filter(({ name: input }) => !['config', 'files', 'create-repository', 'environment'].includes(input))
      .map((flag) => `${name} ${flag.name}`),
  );
  const keys = Object.entries(fileKeys).flatMap(([name, own]) =>
    Object.keys(own).map((input) => `${name} ${input}`),
  );
  expect(described.filter((one) => !keys.includes(one))).toEqual([]);
  const all = commands.flatMap(({ name, flags }) => flags.map((flag) => `${name} ${flag.name}`));
  expect(keys.filter((one) => !all.includes(one))).toEqual([]);
});

test('a flag that several commands have takes a value in all of them or in none', () => {
  const flags = allCommands().flatMap((command) => command.flags);
  const named = (isFlag: boolean) =>
    new Set(flags.filter(({ form }) => (form === 'flag') === isFlag).map(({ name }) => name));
  expect([...named(true)].filter((name) => named(false).has(name))).toEqual([]);
  expect(named(true)).toContain('dry-run');
});
