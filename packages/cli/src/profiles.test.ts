import { describe, expect, test } from '@jest/globals';
import { scenario, temporaryFolder, writeFiles, type Scenario } from '@towpath/testing';
import { join } from 'node:path';
import { envOf, resultOf, towpath } from './harness/towpath.ts';

/** Returns a scenario with the scanned image team/web:1.0. */
async function withImage(): Promise<Scenario> {
  const stage = await scenario();
  await stage.shared.createRepository('team/web');
  await stage.publish('team/web', '1.0', { name: 'web' });
  stage.emulator.advance(3_600_000);
  return stage;
}

/** Returns the variables of a person whose AWS configuration is these files, and who has no keys in variables. */
function withAwsFiles(stage: Scenario, config: string, credentials = ''): Record<string, string> {
  const folder = temporaryFolder();
  writeFiles(folder, { config, credentials });
  const own = Object.keys(stage.shared.credentials);
  return {
    ...Object.fromEntries(Object.entries(envOf(stage)).filter(([name]) => !own.includes(name))),
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
  };
}

function keysOf({ shared: { credentials } }: Scenario): string {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = credentials;
  return `aws_access_key_id = ${AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}\n`;
}

const report = ['scanreport', 'team/web:1.0', '--json'];

describe('an AWS profile', () => {
  test('gives the credentials and the region, as in the AWS CLI', async () => {
    const stage = await withImage();
    const env = withAwsFiles(
      stage,
      '[profile payroll]\nregion = us-east-1\n[default]\nregion = eu-west-1\n',
      `[payroll]\n${keysOf(stage)}[default]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n`,
    );
    const passed = [0, { outputs: { report: { images: [{ name: 'team/web' }] } } }];
    const payroll = { ...env, AWS_PROFILE: 'payroll' };
    expect(resultOf(await towpath(report, { env: payroll }))).toMatchObject(passed);
    expect(resultOf(await towpath([...report, '--profile', 'payroll'], { env }))).toMatchObject(passed);
    // A variable takes precedence over the profile, and a flag over the variable.
    const elsewhere = { ...payroll, AWS_REGION: 'eu-west-1' };
    expect((await towpath(report, { env: elsewhere })).exitCode).toBe(4);
    const near = await towpath([...report, '--region', 'us-east-1'], { env: elsewhere });
    expect(resultOf(near)).toMatchObject(passed);
    // The flag also takes precedence over keys in variables.
    const keys = { ...env, AWS_ACCESS_KEY_ID: 'wrong', AWS_SECRET_ACCESS_KEY: 'wrong' };
    expect((await towpath([...report, '--region', 'us-east-1'], { env: keys })).exitCode).toBe(4);
    expect(resultOf(await towpath([...report, '--profile', 'payroll'], { env: keys }))).toMatchObject(passed);
  }, 60_000);

  test('without a region ends with 2, and one that does not exist with 4', async () => {
    const stage = await withImage();
    const env = withAwsFiles(stage, '[profile payroll]\noutput = json\n', `[default]\n${keysOf(stage)}`);
    expect(resultOf(await towpath(report, { env }))).toMatchObject([
      2,
      { problems: [{ hint: expect.stringContaining('set region in the AWS profile') as unknown }] },
    ]);
    const unknown = await towpath([...report, '--region', 'us-east-1', '--profile', 'payrol'], { env });
    expect(resultOf(unknown)).toMatchObject([
      4,
      {
        ending: 'credentials',
        problems: [
          {
            message: 'The AWS configuration has no profile payrol.',
            hint: expect.stringContaining('Did you mean payroll?') as unknown,
          },
        ],
      },
    ]);
  });
});
