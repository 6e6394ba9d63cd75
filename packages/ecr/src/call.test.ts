import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { failure } from './call.ts';

function fail(name: string, message: string): CodedError {
  const error = Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
  const found = failure({ operation: 'ecr:BatchGetImage', subject: 'payroll/web in a registry' }, error);
  if (!(found instanceof CodedError)) throw new Error('expected a CodedError');
  return found;
}

const resource = 'arn:aws:ecr:us-east-1:444455556666:repository/payroll/web';
const refusal = (account: string) =>
  `User: arn:aws:sts::${account}:assumed-role/payroll-publish/run is not authorized to perform: ecr:BatchGetImage on resource: ${resource} because no resource-based policy allows the ecr:BatchGetImage action`;

describe('the hint for a call that AWS denies', () => {
  test('in another account asks whether the repository exists there', () => {
    const { code, hint } = fail('AccessDeniedException', refusal('111122223333'));
    expect(code).toBe('access-denied');
    expect(hint).toMatch(/payroll\/web is in account 444455556666, and this role in 111122223333\./);
    expect(hint).toMatch(/Check that the repository exists .*create-repository works only in the role's own/);
    expect(hint).toContain('must allow ecr:BatchGetImage to arn:aws:sts::111122223333:assumed-role');
  });

  test.each([
    [
      'ecr:GetRegistryScanningConfiguration',
      /, with the resource \*: the permission is for the whole registry\.$/,
    ],
    ['kms:DescribeKey', /^Grant kms:DescribeKey to this role\.$/],
    ['ecr:BatchGetRepositoryScanningConfiguration', /its repository policy must allow ecr:Batch/],
  ])('names a repository policy only if one can grant the permission: %s', (operation, hint) => {
    const error = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    expect(failure({ operation }, error)).toMatchObject({ hint: expect.stringMatching(hint) as unknown });
  });

  test('for all repositories of another account asks for a role of that account', () => {
    const message = refusal('111122223333').replace('repository/payroll/web', 'repository/*');
    expect(fail('AccessDeniedException', message).hint).toMatch(
      /^The registry is that of account 444455556666, .* Set role of the environment .* ecr:BatchGetImage\.$/,
    );
  });

  test.each([refusal('444455556666'), 'no', `User: ${'arn:aws:iam::'.repeat(20_000)}`])(
    'in the same account, or with another message, names the permission',
    (message) => {
      expect(fail('AccessDeniedException', message).hint).toMatch(/^Grant ecr:BatchGetImage to this role\./);
    },
  );
});

test.each(['ExpiredToken', 'ExpiredTokenException'])(
  'distinguishes expired credentials (%s) from missing ones',
  (name) => {
    expect(fail(name, 'The security token included in the request is expired')).toMatchObject({
      code: 'credentials-missing',
      message: expect.stringMatching(
        /^The AWS credentials expired before ecr:BatchGetImage on payroll\/web/,
      ) as unknown,
      hint: expect.stringMatching(
        /^Re-run the failed job: .*role-duration-seconds \(an input of .* and of the reusable workflows\)/,
      ) as unknown,
    });
    expect(fail('InvalidClientTokenId', 'no').message).toContain('There are no valid AWS credentials');
  },
);

test('reports credentials for another region, not missing credentials', () => {
  const { code, message, hint } = fail(
    'InvalidSignatureException',
    'Credential should be scoped to a valid region.',
  );
  expect(code).toBe('credentials-missing');
  expect(message).toMatch(/^AWS denied ecr:BatchGetImage .* because the credentials are for another region/);
  expect(hint).toMatch(
    /^Check the region of the registry in the configuration, the input region and AWS_REGION\./,
  );
});

test('a repository that does not exist has a hint to check its region and to create it', () => {
  const { code, hint } = fail('RepositoryNotFoundException', 'The repository does not exist');
  expect(code).toBe('repository-missing');
  expect(hint).toMatch(
    /^Check the account, the region and the name\. To create it, set create-repository: true/,
  );
});

test.each<{ name: string; message: string; expected: RegExp }>([
  {
    name: 'BlockedByOrganizationPolicyException',
    message: 'Blocked',
    expected: /^Ask the administrators of the organization: they manage this setting for all accounts\./,
  },
  {
    name: 'AccessDeniedException',
    message: `${refusal('111122223333').split(' because')[0] ?? ''} with an explicit deny in a service control policy`,
    expected: /^A service control policy of the AWS organization denies ecr:BatchGetImage/,
  },
])('a block by the AWS organization is explained: $name', ({ name, message, expected }) => {
  expect(fail(name, message)).toMatchObject({
    code: 'access-denied',
    hint: expect.stringMatching(expected) as unknown,
  });
});

test('an operation that a region does not have names the operation', () => {
  expect(fail('UnknownOperationException', '').message).toContain(
    'ECR does not have ecr:BatchGetImage in this region',
  );
});

test.each<{ name: string; code: string; message: RegExp; hint: RegExp }>([
  {
    name: 'LimitExceededException',
    code: 'quota-exceeded',
    message: /^A quota of AWS is exceeded by ecr:BatchGetImage on payroll\/web in a registry: as AWS says/,
    hint: /^Delete tags.* Service Quotas console.*1,000 tags of an image cannot be raised\.$/,
  },
  {
    name: 'ThrottlingException',
    code: 'outside-failed',
    message: /^AWS throttles ecr:BatchGetImage on payroll\/web/,
    hint: /fewer jobs call ecr:BatchGetImage/,
  },
  {
    name: 'KmsException',
    code: 'outside-failed',
    message: /^AWS KMS refused ecr:BatchGetImage on payroll\/web/,
    hint: /AWS KMS that the key exists, is enabled, .*kms:CreateGrant/,
  },
  {
    name: 'ReferencedImagesNotFoundException',
    code: 'outside-failed',
    message: /content of the image is not in the repository: as AWS says/,
    hint: /^Run the step again: it copies what is missing\./,
  },
  {
    name: 'ImageNotFoundException',
    code: 'image-missing',
    message: /^ecr:BatchGetImage on payroll\/web in a registry failed, because the image does not exist/,
    hint: /lifecycle policy/,
  },
  {
    name: 'InvalidParameterException',
    code: 'outside-failed',
    message: /^AWS refused a value in ecr:BatchGetImage/,
    hint: /^Correct the value that AWS names/,
  },
])('names the resource and the next step for $name', ({ name, code, message, hint }) => {
  const error = fail(name, 'as AWS says');
  expect([error.code, error.message, error.hint]).toEqual([
    code,
    expect.stringMatching(message),
    expect.stringMatching(hint),
  ]);
});
