import { describe, expect, test } from '@jest/globals';
import { problemsOf } from './harness/towpath-yaml.ts';

describe('a registry that is not written as one', () => {
  const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

  test.each([
    { written: '111122223333', meant: host },
    { written: '"111122223333"', meant: host },
    { written: `${host.toUpperCase()}/payroll`, meant: `${host}/payroll` },
    { written: `http://${host}/payroll/`, meant: `${host}/payroll` },
    { written: `${host}/payroll:latest`, meant: `${host}/payroll` },
    { written: `${host}/Payroll`, meant: `${host}/payroll` },
    { written: host.replace('us-east-1', 'us-east1'), meant: host },
    { written: `${host.replace('us-east-1', 'useast-1')}/payroll`, meant: `${host}/payroll` },
    { written: host.replace('us-east-1', 'eu-central1'), meant: host.replace('us-east-1', 'eu-central-1') },
  ])('is $written: suggests $meant', ({ written, meant }) => {
    expect(problemsOf(`registry: ${written}\nimages: { web: {} }`)).toEqual([
      expect.stringMatching(
        new RegExp(`^1:1 registry must be .*\\. Did you mean ${RegExp.escape(meant)}\\?$`),
      ),
    ]);
  });

  test.each([`https://${host}/payroll`, `${host}/payroll/`, '"ssm:/account/ecr/main/registry"'])(
    'is not %s',
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
  { written: '"?"', expected: 'must be the full name of an ECR repository.' },
])('a repository written as $written has a suggestion', ({ written, expected }) => {
  expect(problemsOf(`images: { web: { repository: ${written} } }`)).toEqual([
    `1:18 images.web.repository ${expected}`,
  ]);
});
