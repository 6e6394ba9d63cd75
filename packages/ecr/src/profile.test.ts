import { afterEach, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { profileRegion, sharedCredentials } from './profile.ts';

const before = { ...process.env };
const onTestEnd: (() => void)[] = [];
afterEach(() => {
  process.env = { ...before };
  for (const end of onTestEnd.splice(0)) end();
});

/** Writes an AWS configuration into a home folder of its own, and returns its variables. */
function withFiles(config: string, files: Readonly<Record<string, string>> = {}): Record<string, string> {
  const home = temporaryFolder();
  writeFiles(home, { '.aws/config': config, '.aws/credentials': '', ...files });
  const env = {
    AWS_CONFIG_FILE: join(home, '.aws/config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws/credentials'),
  };
  // For SSO, the SDK finds its files only by the environment of the process.
  Object.assign(process.env, { HOME: home, ...env });
  return env;
}

const sso = `[profile payroll]
sso_session = company
sso_account_id = 111122223333
sso_role_name = deploy
region = eu-central-1
[sso-session company]
sso_region = us-east-1
sso_start_url = https://company.awsapps.com/start
`;

/** The file in which `aws sso login` stores the token of a session. */
function tokenFile(expiresAt: Date): Readonly<Record<string, string>> {
  const name = createHash('sha1').update('company').digest('hex');
  const token = { accessToken: 'token', expiresAt: expiresAt.toISOString(), region: 'us-east-1' };
  return { [`.aws/sso/cache/${name}.json`]: JSON.stringify(token) };
}

test('SSO credentials of a profile are requested with the token of aws sso login, through the proxy', async () => {
  const requests: IncomingMessage[] = [];
  const proxy = createServer((request, response) => {
    requests.push(request);
    const roleCredentials = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'session' };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ roleCredentials: { ...roleCredentials, expiration: Date.now() + 3_600_000 } }),
    );
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestEnd.push(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const env = withFiles(sso, tokenFile(new Date(Date.now() + 3_600_000)));
  process.env.AWS_ENDPOINT_URL_SSO = 'http://portal.sso.us-east-1.amazonaws.com';
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const found = await sharedCredentials({ ...env, AWS_PROFILE: 'payroll', HTTP_PROXY: address })();
  expect(found).toMatchObject({ accessKeyId: 'key', sessionToken: 'session' });
  expect(requests.map(({ url, headers }) => [url, headers['x-amz-sso_bearer_token']])).toEqual([
    [
      'http://portal.sso.us-east-1.amazonaws.com/federation/credentials?account_id=111122223333&role_name=deploy',
      'token',
    ],
  ]);
});

test('an expired SSO token is an error that names the login', async () => {
  const env = withFiles(sso, tokenFile(new Date(0)));
  await expect(sharedCredentials({ ...env, AWS_PROFILE: 'payroll' })()).rejects.toThrow(/aws sso login/);
});

test.each([
  { name: 'of AWS_PROFILE', profile: 'payroll', expected: 'eu-central-1' },
  { name: 'default without AWS_PROFILE', profile: '', expected: 'us-west-2' },
  { name: 'without a region', profile: 'plain', expected: undefined },
])('the region of the profile $name is $expected', async ({ profile, expected }) => {
  const env = withFiles(`${sso}[default]\nregion = us-west-2\n[profile plain]\noutput = json\n`);
  expect(await profileRegion({ ...env, AWS_PROFILE: profile })).toBe(expected);
});
