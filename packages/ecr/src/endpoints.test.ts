import { DescribeRegistryCommand } from '@aws-sdk/client-ecr';
import { afterEach, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Aws } from './aws.ts';
import { parameterValue } from './parameter.ts';

let proxy: Server | undefined;

afterEach(() => {
  proxy?.close();
});

/** Returns the host that a call connects to first, as a proxy sees it. */
async function hostOf(
  env: Readonly<Record<string, string>>,
  send: (aws: Aws) => Promise<unknown>,
  role?: string,
): Promise<string | undefined> {
  const cancel = new AbortController();
  let host: string | undefined;
  proxy = createServer().on('connect', ({ url }, socket) => {
    host ??= url;
    cancel.abort();
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy?.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' };
  const aws = new Aws({ env: { ...keys, ...env, HTTPS_PROXY: address }, role, signal: cancel.signal });
  await send(aws).catch(() => undefined);
  return host?.replace(/:443$/, '');
}

const fips = { AWS_USE_FIPS_ENDPOINT: 'true' };
const dualStack = { AWS_USE_DUALSTACK_ENDPOINT: 'true' };

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['us-east-1', {}, 'api.ecr.us-east-1.amazonaws.com'],
  ['us-east-1', dualStack, 'ecr.us-east-1.api.aws'],
  ['us-east-1', fips, 'api.ecr-fips.us-east-1.amazonaws.com'],
  ['us-gov-west-1', {}, 'api.ecr.us-gov-west-1.amazonaws.com'],
  ['us-gov-west-1', fips, 'api.ecr-fips.us-gov-west-1.amazonaws.com'],
  ['us-gov-west-1', { ...fips, ...dualStack }, 'ecr-fips.us-gov-west-1.api.aws'],
  ['cn-north-1', {}, 'api.ecr.cn-north-1.amazonaws.com.cn'],
  ['cn-north-1', dualStack, 'ecr.cn-north-1.api.amazonwebservices.com.cn'],
  ['eusc-de-east-1', {}, 'api.ecr.eusc-de-east-1.amazonaws.eu'],
  ['us-iso-east-1', {}, 'api.ecr.us-iso-east-1.c2s.ic.gov'],
])('the API of ECR in %s with %j is %s', async (region, env, host) => {
  expect(await hostOf(env, (aws) => aws.ecr(region).send(new DescribeRegistryCommand({})))).toBe(host);
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['us-east-1', {}, 'sts.us-east-1.amazonaws.com'],
  ['ap-southeast-7', {}, 'sts.ap-southeast-7.amazonaws.com'],
  ['us-gov-west-1', {}, 'sts.us-gov-west-1.amazonaws.com'],
  ['us-east-2', fips, 'sts-fips.us-east-2.amazonaws.com'],
  ['cn-northwest-1', {}, 'sts.cn-northwest-1.amazonaws.com.cn'],
])('a role for ECR in %s with %j is assumed at %s, whatever AWS_REGION is', async (region, env, host) => {
  const send = (aws: Aws) => aws.ecr(region).send(new DescribeRegistryCommand({}));
  const role = 'arn:aws:iam::444455556666:role/deploy';
  expect(await hostOf({ AWS_REGION: 'eu-west-1', ...env }, send, role)).toBe(host);
});

test('an SSM parameter in China is read in China', async () => {
  expect(await hostOf({}, (aws) => parameterValue(aws, 'cn-north-1', '/account/ecr/main/registry'))).toBe(
    'ssm.cn-north-1.amazonaws.com.cn',
  );
});
