import { describe, expect, test } from '@jest/globals';
import { problemsOf } from './harness/towpath-yaml.ts';

describe('an invalid registry', () => {
  const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
  const china = '111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn';

  test.each([
    { written: '111122223333', meant: host },
    { written: '"111122223333"', meant: host },
    { written: `${host.toUpperCase()}/payroll`, meant: `${host}/payroll` },
    { written: `http://${host}/payroll/`, meant: `${host}/payroll` },
    { written: `${host}/payroll:latest`, meant: `${host}/payroll` },
    { written: `${host}/Payroll`, meant: `${host}/payroll` },
    { written: host.replace('us-east-1', 'us-east1'), meant: host },
    { written: `${host.replace('.us-east-1', '')}/payroll`, meant: `${host}/payroll` },
    { written: 'arn:aws:ecr:us-east-1:111122223333:repository/payroll', meant: `${host}/payroll` },
    { written: 'arn:aws-cn:ecr:cn-north-1:111122223333:repository/payroll', meant: `${china}/payroll` },
    { written: '111122223333.dkr.ecr.cn-north-1.amazonaws.com/payroll', meant: `${china}/payroll` },
    { written: 'ecr-public.aws.com/acme/payroll', meant: 'public.ecr.aws/acme/payroll' },
    { written: '111122223333.dkr.ecr.us-east-1.amazonaws.com.cn/payroll', meant: `${host}/payroll` },
    { written: `"${host}/payroll/{image}"`, meant: `${host}/payroll` },
    { written: `${host.replace('us-east-1', 'useast-1')}/payroll`, meant: `${host}/payroll` },
    { written: host.replace('us-east-1', 'eu-central1'), meant: host.replace('us-east-1', 'eu-central-1') },
  ])('suggests $meant for $written', ({ written, meant }) => {
    expect(problemsOf(`registry: ${written}\nimages: { web: {} }`)).toEqual([
      expect.stringMatching(
        new RegExp(`^1:1 registry must be .*\\. Did you mean ${RegExp.escape(meant)}\\?$`),
      ),
    ]);
  });

  test.each(['ghcr.io/team', 'docker.io/team/web', 'quay.io/team'])(
    'says that Towpath publishes to Amazon ECR: %s',
    (written) => {
      expect(problemsOf(`registry: ${written}\nimages: { web: {} }`)).toEqual([
        expect.stringMatching(
          /^1:1 registry must be an ECR registry .*, not ".*"\. Towpath publishes to Amazon ECR only\.$/,
        ),
      ]);
    },
  );

  test.each([`https://${host}/payroll`, `${host}/payroll/`, '"ssm:/account/ecr/main/registry"'])(
    'has no suggestion: %s',
    (written) => {
      expect(problemsOf(`registry: ${written}\nimages: { web: {} }`)).toEqual([]);
    },
  );
});

test.each([
  {
    written: '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web:latest',
    expected:
      'must be a repository without its registry. Write repository: payroll/web, and 111122223333.dkr.ecr.us-east-1.amazonaws.com in the key registry.',
  },
  {
    written: '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web',
    expected:
      'must be a repository without its registry. Write repository: payroll/web, and 111122223333.dkr.ecr.us-east-1.amazonaws.com in the key registry.',
  },
  {
    written: 'public.ecr.aws/acme/payroll/web',
    expected:
      'must be a repository without its registry. Write repository: payroll/web, and public.ecr.aws/acme in the key registry.',
  },
  {
    written: 'payroll/Web',
    expected: 'must be the full name of an ECR repository. Did you mean payroll/web?',
  },
  {
    written: 'payroll/web:1',
    expected: 'must be the full name of an ECR repository. Did you mean payroll/web?',
  },
  {
    written: 'payroll/web/',
    expected: 'must be the full name of an ECR repository. Did you mean payroll/web?',
  },
  {
    written: 'x',
    expected:
      'must be the full name of an ECR repository: 2 to 256 lower-case letters, digits and . _ - /, such as payroll/web.',
  },
  {
    written: 'ghcr.io/team/web',
    expected:
      'must be a repository of Amazon ECR without its registry. ghcr.io is not an ECR registry. Write repository: team/web.',
  },
])('suggests a repository name for $written', ({ written, expected }) => {
  expect(problemsOf(`images: { web: { repository: ${written} } }`)).toEqual([
    `1:18 images.web.repository ${expected}`,
  ]);
});

test.each([
  {
    written: '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/{image}',
    expected:
      'must be a template without its registry. Write repository: "payroll/{image}", and 111122223333.dkr.ecr.us-east-1.amazonaws.com in the key registry of the environment.',
  },
  {
    written: 'https://public.ecr.aws/acme/payroll/{image}-{environment}',
    expected:
      'must be a template without its registry. Write repository: "payroll/{image}-{environment}", and public.ecr.aws/acme in the key registry of the environment.',
  },
  {
    written: 'ghcr.io/team/{image}',
    expected:
      'must be a template of Amazon ECR without its registry. ghcr.io is not an ECR registry. Write repository: "team/{image}".',
  },
])('suggests an environment’s repository name for $written', ({ written, expected }) => {
  const environments = `environments: { dev: { from: build, repository: "${written}" } }`;
  expect(problemsOf(`images: { web: {} }\n${environments}`)).toEqual([
    `2:37 environments.dev.repository ${expected}`,
  ]);
});
