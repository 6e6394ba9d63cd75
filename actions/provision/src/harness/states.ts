import type { RepositoryState } from '../state.ts';

const registry = {
  kind: 'private',
  account: '111122223333',
  region: 'us-east-1',
  host: '111122223333.dkr.ecr.us-east-1.amazonaws.com',
} as const;

/** A repository with every setting. */
export const full: RepositoryState = {
  registry,
  name: 'payroll/web',
  exists: true,
  mutability: 'IMMUTABLE_WITH_EXCLUSION',
  exclusions: ['latest'],
  scanOnPush: true,
  encryption: {
    type: 'KMS',
    key: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  },
  tags: { team: 'a ${b} %{c}' },
  lifecycle:
    '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":5},"action":{"type":"expire"}}]}',
  policy:
    '{"Version":"2012-10-17","Statement":[{"Sid":"TowpathReaders","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":["ecr:BatchGetImage"]}]}',
};

/** A repository with the settings of ECR. */
export const plain: RepositoryState = {
  registry,
  name: 'payroll/web-2',
  exists: false,
  mutability: 'MUTABLE',
  exclusions: [],
  scanOnPush: false,
  encryption: { type: 'AES256' },
};
