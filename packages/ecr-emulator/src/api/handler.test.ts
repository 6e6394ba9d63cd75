import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, ssmClient, start, stsClient, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';

let emulator: Emulator;

beforeEach(async () => {
  emulator = await start({ regions: ['us-east-1', 'eu-west-1'] });
});

const scope = '20261121/us-east-1/ecr/aws4_request';
const signature = '0'.repeat(64);

function signed(accessKeyId: string, itsScope = scope): string {
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${itsScope}, SignedHeaders=host, Signature=${signature}`;
}

async function call(
  operation: string,
  authorization: string | undefined,
  body = '{}',
  prefix = 'AmazonEC2ContainerRegistry_V20150921',
): Promise<[number, { __type?: string; message?: string }]> {
  const response = await fetch(emulator.api, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${prefix}.${operation}`,
      ...(authorization !== undefined && { authorization }),
    },
    body,
  });
  expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  return [response.status, (await response.json()) as { __type?: string }];
}

describe('an API call', () => {
  test('uses the account of the access key and the region of the signature', async () => {
    const [status] = await call('CreateRepository', signed(ours), '{"repositoryName":"app"}');
    expect(status).toBe(200);
    const names = async (account: string, region: string): Promise<unknown> => {
      const { repositories } = await ecrClient(emulator, { account, region }).send(
        new DescribeRepositoriesCommand(),
      );
      return repositories?.map(({ repositoryUri }) => repositoryUri);
    };
    expect(await names(ours, 'us-east-1')).toEqual([`${ours}.dkr.ecr.us-east-1.amazonaws.com/app`]);
    expect(await names(ours, 'eu-west-1')).toEqual([]);
    expect(await names(theirs, 'us-east-1')).toEqual([]);
  });

  test.each([
    ['without a signature', undefined, 'MissingAuthenticationTokenException'],
    ['with another scheme', 'Basic x', 'IncompleteSignatureException'],
    [
      'with an incomplete signature',
      `AWS4-HMAC-SHA256 Credential=${ours}/${scope}`,
      'IncompleteSignatureException',
    ],
    ['with an incomplete scope', signed(ours, '20261121/us-east-1/ecr'), 'IncompleteSignatureException'],
    ['with a malformed signature', signed(ours).replace(signature, 'abc'), 'InvalidSignatureException'],
    ['with an unknown key', signed('AKIAIOSFODNN7EXAMPLE'), 'UnrecognizedClientException'],
    ['from an unknown account', signed('999999999999'), 'UnrecognizedClientException'],
    [
      'to an unknown region',
      signed(ours, '20261121/mars-north-1/ecr/aws4_request'),
      'InvalidSignatureException',
    ],
    [
      'signed for another service',
      signed(ours, '20261121/us-east-1/s3/aws4_request'),
      'InvalidSignatureException',
    ],
  ])('%s is rejected', async (_, authorization, exception) => {
    const [status, { __type }] = await call('DescribeRepositories', authorization);
    expect([status, __type]).toEqual([400, exception]);
  });

  test('of an unknown operation is rejected with its name', async () => {
    expect(await call('MakeCoffee', signed(ours))).toEqual([
      400,
      { __type: 'UnknownOperationException', message: 'ecr:MakeCoffee is not an operation' },
    ]);
    expect(await call('GetThing', signed(ours), '{}', 'AmazonS3')).toMatchObject([
      400,
      { __type: 'UnknownOperationException' },
    ]);
  });

  test.each([
    ['{"repositoryName":"app"', 'SerializationException', /not valid JSON/],
    ['{}', 'InvalidParameterException', /'repositoryName' .* 'must not be null'/],
    ['{"repositoryName":7}', 'InvalidParameterException', /'repositoryName' .* 'must be a string'/],
    [
      '{"repositoryName":"app","imageTagMutability":"SOMETIMES"}',
      'InvalidParameterException',
      /enum value set: \[MUTABLE,/,
    ],
    [
      '{"repositoryName":"app","tags":[{"Key":"x"}]}',
      'InvalidParameterException',
      /'tags\.1\.member\.Value'/,
    ],
  ])('with %s is rejected', async (body, exception, message) => {
    const [status, error] = await call('CreateRepository', signed(ours), body);
    expect(status).toBe(400);
    expect(error).toEqual({ __type: exception, message: expect.stringMatching(message) });
  });

  test('to another account is rejected with IAM’s message', async () => {
    await ecrClient(emulator).send(new CreateRepositoryCommand({ repositoryName: 'app' }));
    const foreign = ecrClient(emulator, { account: theirs });
    const named = new DescribeRepositoriesCommand({ registryId: ours, repositoryNames: ['app'] });
    expect(await refusalOf(foreign.send(named))).toEqual({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::${theirs}:root is not authorized to perform: ecr:DescribeRepositories on resource: arn:aws:ecr:us-east-1:${ours}:repository/app because no resource-based policy allows the ecr:DescribeRepositories action`,
    });
    const create = new CreateRepositoryCommand({ registryId: ours, repositoryName: 'mine' });
    expect(await refusalOf(foreign.send(create))).toMatchObject({ name: 'AccessDeniedException' });
    const nowhere = new DescribeRepositoriesCommand({ registryId: '999999999999' });
    expect(await refusalOf(foreign.send(nowhere))).toMatchObject({ name: 'AccessDeniedException' });
  });
});

test('GetAuthorizationToken returns a token for user AWS, twelve hours and the real host', async () => {
  const before = Date.now();
  const { authorizationData } = await ecrClient(emulator).send(new GetAuthorizationTokenCommand());
  const [data] = authorizationData ?? [];
  expect(Buffer.from(data?.authorizationToken ?? '', 'base64').toString()).toMatch(/^AWS:./);
  const hours = ((data?.expiresAt?.getTime() ?? 0) - before) / 3_600_000;
  expect(hours).toBeGreaterThan(11.99);
  expect(hours).toBeLessThan(12.01);
  expect(data?.proxyEndpoint).toBe(`https://${ours}.dkr.ecr.us-east-1.amazonaws.com`);
});

test('SSM parameters belong to an account and a region', async () => {
  const ssm = ssmClient(emulator);
  const Name = '/account/ecr/main/registry';
  await ssm.send(new PutParameterCommand({ Name, Type: 'String', Value: 'one' }));
  expect(
    await refusalOf(ssm.send(new PutParameterCommand({ Name, Type: 'String', Value: 'two' }))),
  ).toMatchObject({
    name: 'ParameterAlreadyExists',
  });
  await ssm.send(new PutParameterCommand({ Name, Value: 'two', Overwrite: true }));
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
  expect(Parameter).toMatchObject({
    Name,
    Type: 'String',
    Value: 'two',
    Version: 2,
    ARN: `arn:aws:ssm:us-east-1:${ours}:parameter${Name}`,
  });
  expect(await refusalOf(ssm.send(new PutParameterCommand({ Name: '/new', Value: 'x' })))).toMatchObject({
    name: 'ValidationException',
  });
  const arn = `arn:aws:ssm:us-east-1:${ours}:parameter${Name}`;
  expect((await ssm.send(new GetParameterCommand({ Name: arn }))).Parameter?.Value).toBe('two');
  const elsewhere = ssmClient(emulator, { account: theirs });
  expect(await refusalOf(elsewhere.send(new GetParameterCommand({ Name: arn })))).toMatchObject({
    name: 'AccessDeniedException',
  });
  expect(await refusalOf(elsewhere.send(new GetParameterCommand({ Name })))).toMatchObject({
    name: 'ParameterNotFound',
  });
});

test('GetCallerIdentity returns the caller', async () => {
  const identity = await stsClient(emulator, { account: theirs }).send(new GetCallerIdentityCommand());
  expect(identity).toMatchObject({ Account: theirs, Arn: `arn:aws:iam::${theirs}:root` });
  const unknown = stsClient(emulator, { account: 'AKIAIOSFODNN7EXAMPLE' });
  expect(await refusalOf(unknown.send(new GetCallerIdentityCommand()))).toMatchObject({
    name: 'InvalidClientTokenId',
  });
});
