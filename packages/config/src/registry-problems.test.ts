import { expect, test } from '@jest/globals';
import { problemsOf, read } from './harness/towpath-yaml.ts';
import { towpathKeys } from './keys.ts';
import { repositoryProblems } from './repository-problems.ts';
import { parseYaml } from './yaml-file.ts';

const start = 'images: { web: {} }\nrepositories:\n  registry:\n    ';

function problemsIn(text: string): string[] {
  const yaml = parseYaml('towpath.yaml', start + text);
  if ('problems' in yaml) throw new Error('not YAML');
  return repositoryProblems(read(start + text), towpathKeys(yaml)).map(
    ({ message, position }) => `${position?.line ?? ''}:${position?.column ?? ''} ${message}`,
  );
}

const secret = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:ecr-pullthroughcache/hub-AbCdEf';
const role = 'arn:aws:iam::111122223333:role/ecr';
const key = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const profile = (name: string) => `arn:aws:signer:us-east-1:111122223333:/signing-profiles/${name}`;
const times = (count: number, one: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => one(index)).join(', ');

test.each<{ name: string; text: string; expected: string | RegExp }>([
  {
    name: '26 replication rules',
    text: `replication: [${times(26, (index) => `{ to: [us-west-2], repositories: [team-${index}/] }`)}]`,
    expected: '4:5 repositories.registry.replication has 26 rules, but ECR allows 25.',
  },
  {
    name: '26 destinations',
    text: `replication: [${times(2, (rule) => `{ to: [${times(13, (index) => `"${100_000_000_000 + rule * 100 + index}/us-west-2"`)}] }`)}]`,
    expected: '4:5 repositories.registry.replication has 26 destinations, but ECR allows 25.',
  },
  {
    name: 'a destination twice',
    text: 'replication: [{ to: [us-west-2], repositories: [a/, b/] }, { to: [us-west-2], repositories: [b/, a/] }]',
    expected: /registry\.replication\[1\]\.to has a destination that the same repositories already have/,
  },
  {
    name: 'a prefix twice',
    text: 'pull-through: [{ prefix: quay, upstream: quay.io }, { prefix: quay/, upstream: quay.io }]',
    expected: /pull-through\[1\]\.prefix is also the prefix of pull-through\[0\]/,
  },
  {
    name: '51 caches',
    text: `pull-through: [${times(51, (index) => `{ prefix: quay-${index}, upstream: quay.io }`)}]`,
    expected: '4:5 repositories.registry.pull-through has 51 rules, but ECR allows 50.',
  },
  {
    name: 'an upstream that ECR cannot cache',
    text: 'pull-through: [{ prefix: gcr, upstream: gcr.io }]',
    expected: '4:35 repositories.registry.pull-through[0].upstream is gcr.io, which ECR cannot cache.',
  },
  ...['docker.io', 'registry-1.docker.io', 'ghcr.io', 'registry.gitlab.com', 'x.azurecr.io', 'cgr.dev'].map(
    (upstream) => ({
      name: `a cache of ${upstream} without a credential`,
      text: `pull-through: [{ prefix: aa, upstream: "https://${upstream}/" }]`,
      expected: `4:34 repositories.registry.pull-through[0].upstream is ${upstream}, which needs a credential.`,
    }),
  ),
  {
    name: 'a credential for a registry of ECR',
    text: `pull-through: [{ prefix: prod, upstream: 444455556666.dkr.ecr.us-east-1.amazonaws.com, credential: "${secret}" }]`,
    expected: /credential is not for a registry of ECR/,
  },
  {
    name: 'a role for another upstream',
    text: `pull-through: [{ prefix: quay, upstream: quay.io, role: "${role}" }]`,
    expected: /role is not for quay\.io/,
  },
  {
    name: 'an upstream prefix for ROOT',
    text: 'pull-through: [{ prefix: ROOT, upstream: quay.io, upstream-prefix: team }]',
    expected: /upstream-prefix cannot be combined with prefix: ROOT/,
  },
  {
    name: 'two templates for a prefix',
    text: 'templates: [{ prefix: a, for: [push] }, { prefix: a/, for: [replication] }]',
    expected: /templates\[1\]\.prefix is also the prefix of templates\[0\]/,
  },
  {
    name: 'a template with tags and no role',
    text: 'templates: [{ prefix: a, for: [push], tags: { a: b } }]',
    expected: /templates\[0\] has tags, but no role/,
  },
  {
    name: 'a template with a key and no role',
    text: `templates: [{ prefix: a, for: [push], encryption: "${key}", tags: { a: b } }]`,
    expected: /templates\[0\] has tags and KMS encryption, but no role/,
  },
  {
    name: 'a template that would expire the tags of an environment',
    text: 'templates: [{ prefix: a, for: [push], lifecycle: { expire: { prod-: 7d } } }]',
    expected: /templates\[0\]\.lifecycle\.expire\.prod- would expire prod-\*/,
  },
  {
    name: '11 signing rules',
    text: `signing: [${times(11, (index) => `{ profile: "${profile(`p${index}`)}" }`)}]`,
    expected: '4:5 repositories.registry.signing has 11 rules, but ECR allows 10.',
  },
  {
    name: 'a signing profile twice',
    text: `signing: [{ profile: "${profile('aa')}" }, { profile: "${profile('aa')}" }]`,
    expected: /signing\[1\]\.profile is also the profile of signing\[0\]/,
  },
  ...["'ecr:*'", "'ecr:Put*'", "'ecr:*Policy'", "'ecr:putregistrypolicy'", "'ecr:*t*Registry*'"].map(
    (action) => ({
      name: `a statement that denies ${action} to all`,
      text: `policy: { A: { effect: deny, principals: ['*'], actions: [${action}] } }`,
      expected: /policy\.A\.actions would deny .*RegistryPolicy, so that the policy could not be corrected/,
    }),
  ),
  {
    name: 'a statement with ecr:GetAuthorizationToken',
    text: "policy: { A: { principals: ['444455556666'], actions: ['ecr:GetAuthorizationToken'] } }",
    expected: /policy\.A\.actions has ecr:GetAuthorizationToken, which has no resource/,
  },
])('$name is a contradiction', ({ text, expected }) => {
  expect(problemsIn(text)).toEqual([
    typeof expected === 'string' ? expected : (expect.stringMatching(expected) as unknown),
  ]);
});

test.each([
  'replication: [{ to: [us-west-2] }, { to: [us-west-2], repositories: [a/] }]',
  `pull-through: [{ prefix: hub, upstream: docker.io, credential: "${secret}" }, { prefix: ROOT, upstream: 444455556666.dkr.ecr.us-east-1.amazonaws.com, role: "${role}" }]`,
  `templates: [{ prefix: ROOT, for: [push], encryption: KMS, role: "${role}" }, { prefix: a, for: [push] }]`,
  "policy: { A: { effect: deny, principals: ['*'], actions: ['ecr:DeleteRepository', 'ecr:Put*Image'] } }",
])('%s is fine', (text) => {
  expect(problemsIn(text)).toEqual([]);
});

test('all contradictions are in one list with those of repositories', () => {
  const text = `pull-through: [{ prefix: aa, upstream: gcr.io }]\n    templates: [{ prefix: a, for: [push], tags: { a: b } }]\n  lifecycle: { expire: { prod-: 7d } }`;
  expect(problemsIn(text)).toHaveLength(3);
});

test.each<{ text: string; expected: string }>([
  { text: 'pull-through: [{ prefix: a, upstream: quay.io }]', expected: 'must have 2 to 30 characters' },
  {
    text: `pull-through: [{ prefix: ${'a'.repeat(31)}, upstream: quay.io }]`,
    expected: 'must have 2 to 30 characters',
  },
  {
    text: `pull-through: [{ prefix: aa, upstream: docker.io, credential: "${secret.replace('ecr-pullthroughcache', 'my-secrets-somewhere')}" }]`,
    expected: 'whose name starts with ecr-pullthroughcache/',
  },
  { text: 'templates: [{ prefix: a, for: [] }]', expected: 'must have a value' },
  {
    text: 'templates: [{ prefix: a, for: [push], encryption: alias/images }]',
    expected: 'full ARN of a KMS key',
  },
  {
    text: `scanning: { on-push: [${Array.from({ length: 101 }, (_, index) => `a${index}`).join(', ')}] }`,
    expected: 'may have at most 100 filters',
  },
  { text: 'replication: [{ to: [] }]', expected: 'must name a destination' },
  { text: 'replication: [{ to: [west] }]', expected: 'must be a region, or an account and a region' },
  { text: "replication: [{ to: [us-west-2], repositories: ['a/*'] }]", expected: 'without *' },
  { text: 'policy-scope: V1', expected: 'policy-scope' },
  { text: 'basic-scan-version: CLAIR', expected: 'basic-scan-version' },
  { text: 'pull-time-exclusions: ["111122223333"]', expected: 'must be the ARN of an IAM role or user' },
  { text: 'signing: [{ profile: images }]', expected: 'must be the ARN of a profile of AWS Signer' },
  {
    text: "policy: { A: { principals: [web], actions: ['ecr:PutImage'] } }",
    expected: 'must be an AWS account in quotes',
  },
  {
    text: "policy: { A-B: { principals: ['*'], actions: ['ecr:PutImage'] } }",
    expected: 'only letters and digits',
  },
])('$text is a mistake', ({ text, expected }) => {
  expect(problemsOf(start + text)).toEqual([expect.stringContaining(expected)]);
});
