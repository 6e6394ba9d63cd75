import type { RegistryState } from '../registry/setting.ts';
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

/** The settings of a registry, each with every field. */
export const settings: RegistryState = {
  scanning: { type: 'ENHANCED', onPush: ['payroll/*'], continuous: ['web'] },
  accountSettings: { BLOB_MOUNTING: 'ENABLED', REGISTRY_POLICY_SCOPE: 'V2' },
  pullTimeExclusions: [{ principal: 'arn:aws:iam::111122223333:role/team/scanner', exists: true }],
  replication: [
    {
      prefixes: ['payroll/'],
      destinations: [{ account: '444455556666', region: 'us-west-2' }],
      deletions: false,
    },
    { prefixes: [], destinations: [{ account: '111122223333', region: 'eu-west-1' }], deletions: false },
  ],
  pullThrough: [
    {
      prefix: 'docker-hub',
      upstream: 'docker.io',
      upstreamPrefix: 'library',
      credential: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:ecr-pullthroughcache/hub-AbCdEf',
      exists: true,
    },
    {
      prefix: '',
      upstream: '444455556666.dkr.ecr.us-east-1.amazonaws.com',
      upstreamPrefix: '',
      role: 'arn:aws:iam::111122223333:role/ecr-cache',
      exists: false,
    },
  ],
  templates: [
    {
      prefix: 'ROOT',
      description: 'for ${all}',
      appliedFor: ['CREATE_ON_PUSH', 'PULL_THROUGH_CACHE'],
      mutability: 'IMMUTABLE_WITH_EXCLUSION',
      exclusions: ['latest'],
      encryption: {
        type: 'KMS',
        key: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      },
      tags: { team: 'platform' },
      policy: full.policy ?? '',
      lifecycle: full.lifecycle ?? '',
      role: 'arn:aws:iam::111122223333:role/ecr-templates',
      exists: true,
    },
    {
      prefix: 'team/a',
      description: '',
      appliedFor: ['REPLICATION'],
      mutability: 'MUTABLE',
      exclusions: [],
      encryption: { type: 'AES256' },
      tags: {},
      policy: '',
      lifecycle: '',
      exists: false,
    },
  ],
  policy: {
    text: '{"Version":"2012-10-17","Statement":[{"Sid":"TowpathReplicas","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root"]},"Action":["ecr:ReplicateImage"],"Resource":["arn:aws:ecr:us-east-1:111122223333:repository/*"]}]}',
    exists: false,
  },
  signing: {
    rules: [
      {
        profile: 'arn:aws:signer:us-east-1:111122223333:/signing-profiles/images',
        filters: ['payroll/*'],
      },
    ],
    exists: true,
  },
};

/** The same, with a rule that replicates deletions. */
export const withDeletions: RegistryState = {
  ...settings,
  replication: (settings.replication ?? []).map((rule) => ({ ...rule, deletions: true })),
};

/** A registry with these settings. */
export const exportedRegistry = (
  state: RegistryState,
): { registry: typeof registry; state: RegistryState } => ({
  registry,
  state,
});
