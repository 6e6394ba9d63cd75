import { describe, expect, test } from '@jest/globals';
import { provisioning, scenario, writesOf, type Scenario } from './harness/team.ts';
import { ownStatements, readerStatements, sameStatements, withReaders } from './readers.ts';

const none = { accounts: [], roles: [], lambda: [] };
const region = { region: 'us-east-1' };
const accounts = { ...none, accounts: ['444455556666'] };

describe('the policy of readers', () => {
  test('grants a pull and nothing else, without ecr:GetAuthorizationToken', () => {
    expect(readerStatements(accounts, region)).toEqual([
      {
        Sid: 'TowpathReaders',
        Effect: 'Allow',
        Principal: { AWS: ['arn:aws:iam::444455556666:root'] },
        Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      },
    ]);
  });

  test('admits Lambda only for the functions of an account', () => {
    const lambda = ['444455556666', 'arn:aws:lambda:us-east-1:111122223333:function:job'];
    expect(readerStatements({ ...none, lambda }, region)).toEqual([
      {
        Sid: 'TowpathLambda',
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        Condition: {
          StringLike: { 'aws:SourceArn': ['arn:aws:lambda:us-east-1:444455556666:function:*', lambda[1]] },
        },
      },
    ]);
  });

  test('admits execution roles by their ARNs', () => {
    const roles = ['arn:aws:iam::444455556666:role/ecs/execution'];
    expect(readerStatements({ ...none, roles }, region)).toEqual([
      expect.objectContaining({ Sid: 'TowpathReaders', Principal: { AWS: roles } }),
    ]);
  });

  test('contains only Allow statements, so no principal loses access', () => {
    const everyone = {
      accounts: ['444455556666', '111122223333'],
      roles: ['arn:aws:iam::444455556666:role/a'],
      organization: 'o-a1b2c3d4e5',
      lambda: ['111122223333'],
    };
    const statements = readerStatements(everyone, region);
    expect(statements.map(({ Effect }) => Effect)).toEqual(['Allow', 'Allow', 'Allow']);
  });

  test('admits an organization by its id', () => {
    expect(readerStatements({ ...none, organization: 'o-a1b2c3d4e5' }, region)).toEqual([
      expect.objectContaining({
        Principal: '*',
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      }),
    ]);
  });

  test.each([
    { region: 'cn-north-1', partition: 'aws-cn' },
    { region: 'us-gov-west-1', partition: 'aws-us-gov' },
  ])('has the ARNs of the partition of $region', ({ region: name, partition }) => {
    expect(JSON.stringify(readerStatements(accounts, { region: name }))).toContain(`arn:${partition}:iam::`);
  });

  test('is compared by meaning', () => {
    const [statement] = readerStatements(accounts, region);
    const written = {
      ...statement,
      Principal: { AWS: '444455556666' },
      Action: ['ecr:GetDownloadUrlForLayer', 'ECR:batchGetImage', 'ecr:BatchCheckLayerAvailability'],
    };
    expect(sameStatements([written], statement === undefined ? [] : [statement])).toBe(true);
    expect(
      sameStatements([{ ...written, Action: 'ecr:*' }], statement === undefined ? [] : [statement]),
    ).toBe(false);
    expect(sameStatements([{ ...written, Resource: '*' }], statement === undefined ? [] : [statement])).toBe(
      false,
    );
  });

  test('keeps the statements of others, in their order', () => {
    const others = [{ Sid: 'LambdaECRImageRetrievalPolicy' }, { Effect: 'Deny' }];
    const text = JSON.stringify({
      Version: '2008-10-17',
      Id: 'x',
      Statement: [others[0], { Sid: 'TowpathLambda' }, others[1]],
    });
    const own = readerStatements(accounts, region);
    expect(JSON.parse(withReaders(text, own) ?? '')).toEqual({
      Version: '2008-10-17',
      Id: 'x',
      Statement: [...others, ...own],
    });
    expect(ownStatements(text)).toEqual([{ Sid: 'TowpathLambda' }]);
    expect(withReaders(JSON.stringify({ Statement: { Sid: 'TowpathReaders' } }), [])).toBeUndefined();
  });
});

async function withLambda(): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/towpath');
  await scene.shared.createRepository('payroll/web');
  await scene.shared.setPolicy('payroll/web', { Version: '2012-10-17', Statement: [lambda] });
  return scene;
}

const lambda = {
  Sid: 'LambdaECRImageRetrievalPolicy',
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
};

const readers = "repositories: { readers: { accounts: ['444455556666'] } }";

test('a reader in another account can pull, and the statement of Lambda stays', async () => {
  const scene = await withLambda();
  await scene.publish('payroll/web', 'build-1', { name: 'web' });
  const applied = await provisioning(scene, readers);
  expect(writesOf(applied)).toEqual(['ecr:SetRepositoryPolicy']);
  expect(await scene.shared.policy('payroll/web')).toMatchObject({
    Statement: [{ Sid: 'LambdaECRImageRetrievalPolicy' }, { Sid: 'TowpathReaders' }],
  });
  const removed = await provisioning(scene, 'repositories: { readers: {} }');
  expect(writesOf(removed)).toEqual(['ecr:SetRepositoryPolicy']);
  expect(await scene.shared.policy('payroll/web')).toEqual({ Version: '2012-10-17', Statement: [lambda] });
});

test.each(['Principal not found', 'The policy would prevent you from setting another one; use force'])(
  'a policy that ECR refuses is not forced: %s',
  async (message) => {
    const scene = await withLambda();
    scene.emulator.addFault({
      kind: 'exception',
      exception: 'InvalidParameterException',
      message,
      operation: 'ecr:SetRepositoryPolicy',
    });
    const ending = await provisioning(scene, readers);
    expect(ending.codes).toEqual(['policy-refused']);
    expect(ending.annotations[0]?.message).toContain(message);
    expect(writesOf(ending)).toEqual(['ecr:SetRepositoryPolicy']);
    expect(await scene.shared.policy('payroll/web')).toEqual({ Version: '2012-10-17', Statement: [lambda] });
  },
);

test('a caller whom the policy of others locks out changes nothing', async () => {
  const scene = await withLambda();
  scene.emulator.addRoles({
    'arn:aws:iam::111122223333:role/provision': {
      policy: { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] },
    },
  });
  const deny = {
    Sid: 'OnlyAdministrators',
    Effect: 'Deny',
    Principal: { AWS: 'arn:aws:iam::111122223333:role/provision' },
    Action: 'ecr:SetRepositoryPolicy',
  };
  const before = { Version: '2012-10-17', Statement: [deny] };
  await scene.shared.setPolicy('payroll/web', before);
  const ending = await provisioning(scene, readers, { as: await scene.shared.assume('provision') });
  expect(ending.codes).toEqual(['access-denied']);
  expect(await scene.shared.policy('payroll/web')).toEqual(before);
});

test('a policy that others only wrote differently stays, and another one is changed in place', async () => {
  const scene = await withLambda();
  await provisioning(scene, readers);
  const own = {
    Sid: 'TowpathReaders',
    Effect: 'Allow',
    Principal: { AWS: '444455556666' },
    Action: ['ecr:getdownloadurlforlayer', 'ecr:BatchGetImage', 'ecr:BatchCheckLayerAvailability'],
  };
  await scene.shared.setPolicy('payroll/web', { Version: '2012-10-17', Statement: [own, lambda] });
  expect(writesOf(await provisioning(scene, readers))).toEqual([]);
  const wider = { ...own, Action: 'ecr:*' };
  await scene.shared.setPolicy('payroll/web', { Version: '2012-10-17', Statement: [wider, lambda] });
  expect(writesOf(await provisioning(scene, readers))).toEqual(['ecr:SetRepositoryPolicy']);
});
