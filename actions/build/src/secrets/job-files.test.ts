import { expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { requireNoJobFile } from './job-files.ts';

const home = temporaryFolder();
writeFiles(home, {
  'repo/own': '',
  'repo/.git/config': '',
  'repo/token': '',
  'runner/_runner_file_commands/set_env_1': '',
  '.aws/credentials': '',
  '.docker/config.json': '',
});
const at = (path: string) => join(home, path);
symlinkSync('.git/config', at('repo/linked'));
const env = {
  HOME: home,
  GITHUB_ENV: at('runner/_runner_file_commands/set_env_1'),
  AWS_WEB_IDENTITY_TOKEN_FILE: at('repo/token'),
};
const secret = { what: 'secret t', image: 'web', written: 'the file' };

test.each([
  'repo/.git/config',
  'repo/linked',
  'repo/token',
  'runner/_runner_file_commands/set_env_1',
  'runner/_runner_file_commands/another',
  '.aws/credentials',
  '.aws/sso/cache/x.json',
  '.docker/config.json',
])('rejects %s as a build secret', async (file) => {
  await expect(requireNoJobFile(secret, at(file), env)).rejects.toMatchObject({
    code: 'config-invalid',
    message: 'The secret t of image web may not come from the file: the file holds credentials of the job.',
  });
});

test.each(['repo/own', 'repo/absent', '.awsome', 'repo/.gitignore'])(
  'accepts %s as a build secret',
  async (file) => {
    await requireNoJobFile(secret, at(file), env);
  },
);
