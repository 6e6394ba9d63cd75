import { expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { setStage } from '@towpath/stage';
import { temporaryFolder } from '@towpath/testing/folder';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeTour } from './tour.ts';

const run = promisify(execFile);

/** The versions of the AWS CLI on this machine: pip installs version 1, Debian version 2. */
async function installed(): Promise<readonly string[]> {
  const found = ['aws', '/usr/bin/aws'].map((program) =>
    run(program, ['--version']).then(
      () => [program],
      () => [],
    ),
  );
  return (await Promise.all(found)).flat();
}

test('the commands of the tour give the AWS CLI its address, its account and its region', async () => {
  const stage = await setStage({ images: ['web'] });
  try {
    const image = {
      name: 'web',
      repository: 'payroll/web',
      platforms: {},
      environments: {},
      verdict: 'pass',
    };
    const digest = digestOf(Buffer.from(''));
    const tour = await describeTour(stage, { images: [{ ...image, digest }], held: [] });
    const commands = tour.split('\n').filter((line) => /^ {2}(export|aws) /.test(line));
    // Version 1 reads the one, version 2 both.
    expect(tour).toMatch(/ AWS_DEFAULT_REGION=us-east-1/);
    expect(tour).toMatch(/ AWS_REGION=us-east-1/);
    for (const program of await installed()) {
      const script = commands.join('\n').replace(/^ {2}aws /m, `  ${program} `);
      // No region and no credentials of this machine.
      const env = { PATH: process.env.PATH, HOME: temporaryFolder(), AWS_EC2_METADATA_DISABLED: 'true' };
      const { stdout } = await run('sh', ['-ec', script], { env });
      expect(JSON.parse(stdout)).toEqual({ imageDetails: [] });
    }
  } finally {
    await stage.close();
  }
});
