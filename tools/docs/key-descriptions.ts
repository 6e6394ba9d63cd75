import { registryDescriptions } from './registry-descriptions.ts';

/**
 * The descriptions of all keys in the schema of `towpath.yaml` and in the tables of `docs/configuration.md`.
 * The texts are not part of the zod definitions, so that the bundles of the actions do not contain them.
 *
 * Paths name the keys from the root of the file; `*` is any name. Sentences that begin with `Allowed:` or
 * `Default:` become columns. Without `Allowed:` the column lists the values of the schema.
 */
const file = {
  $schema: 'The JSON Schema of this file, for editors. Allowed: a URL or a path.',
  registry:
    'The ECR registry of the images. Allowed: a registry with an optional prefix, for example `111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll` or `public.ecr.aws/alias/payroll`, or `ssm:` and the name of an SSM parameter that contains one. Default: the SSM parameter that `template.yaml` names, else the registry of the AWS account of the job.',
  images:
    'The images to build, keyed by name. Allowed: names of lower-case letters and digits, with single `.`, `_` or `-` between them, except `towpath`. A file with `repositories.matching` or `repositories.registry` may have none (`{}`).',
  tags: 'The tags that `publish` sets. Allowed: [tag templates](tags.md#the-facts-of-a-template), or `preset:` and the name of a [preset](tags.md#presets). Default: `[build-{version}]`.',
  environments:
    'The environments in the order of promotion, keyed by name. Allowed: names of lower-case letters and digits that start with a letter, with single `.`, `_` or `-` between them, except `build`. Default: `dev`, `test` and `prod`.',
  gate: 'The policy of the gate. Allowed: [the keys of a gate](#keys-of-a-gate). Default: `{ fail-on: critical }`.',
  repositories:
    'The settings of repositories. [`provision`](provision.md) creates and changes repositories, and changes only settings that are written. `publish` creates missing repositories with `create-repository: true`. Default: new repositories get the defaults of the keys below.',
  'repositories.immutability': 'Whether an existing tag can change. Default: `immutable`.',
  'repositories.except':
    'Tags that are excluded from `immutability`. Allowed: up to 5 patterns with at most two `*`, which match any characters, for example `latest` or `pr-*`. Default: `[]`.',
  'repositories.scan-on-push': 'Scan every image when it is pushed. Default: `true`.',
  'repositories.encryption':
    'How ECR encrypts images. It cannot change later. Allowed: `AES256`, `KMS`, `KMS_DSSE`, the ARN, id or alias of a KMS key, or `{ type, key }`. Default: `AES256`.',
  'repositories.encryption.type': 'The kind of encryption with a KMS key.',
  'repositories.encryption.key': 'The KMS key. Allowed: the ARN, id or alias of a KMS key.',
  'repositories.lifecycle':
    'When images expire. `none` removes the lifecycle policy. See [lifecycle](provision.md#lifecycle). Default: the policy is not managed.',
  'repositories.lifecycle.keep':
    'The number of published images that are kept. Allowed: a whole number from 1 to 99999. Default: all.',
  'repositories.lifecycle.expire':
    'When other images expire, keyed by a prefix of tags, a pattern with `*`, or `untagged`. Allowed: whole days such as `7d` or `2w`, or `keep` and a number such as `keep 5`. Default: none.',
  'repositories.lifecycle.environments':
    'The number of images that an environment keeps. Its tags must contain `{environment}`, which names the running image. Allowed: whole numbers, keyed by environment. Default: environments keep all images.',
  'repositories.lifecycle.archive':
    'Archive images that nothing pulls. Archived images cannot be pulled. Default: none.',
  'repositories.lifecycle.archive.after': 'The time since the last pull. Allowed: whole days such as `60d`.',
  'repositories.lifecycle.archive.delete':
    'The time in the archive after which images are deleted. Allowed: 90 days or more, such as `90d`. Default: never.',
  'repositories.lifecycle.rules':
    'The rules of ECR, instead of the keys above. Allowed: [rules of a lifecycle policy](https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html).',
  'repositories.readers':
    'Who may pull, besides the account of the registry. `{}` removes all readers that Towpath added. Default: readers are not managed.',
  'repositories.readers.accounts': 'AWS accounts that may pull. Allowed: 12 digits in quotes. Default: none.',
  'repositories.readers.organization':
    'An AWS organization whose accounts may pull. Allowed: its id, for example `o-a1b2c3d4e5`.',
  'repositories.readers.roles':
    'Roles that may pull, for example the execution roles of ECS. Allowed: ARNs of IAM roles. Default: none.',
  'repositories.readers.lambda':
    'Lambda functions that may pull. Allowed: AWS accounts in quotes, or ARNs of functions. Default: none.',
  'repositories.tags':
    'Resource tags of AWS, for example for cost allocation. Allowed: a map of strings. Default: none.',
  'repositories.remove-tags':
    'Resource tags that `provision` removes, unless `tags` sets them. Allowed: keys of AWS tags. Default: none.',
  'repositories.images':
    'Settings of the repositories of one image. Allowed: the keys above, keyed by image. Default: none.',
  'repositories.environments':
    'Settings of repositories that only one environment uses. Allowed: the keys above, keyed by environment. Default: none.',
  'repositories.matching':
    'Settings of repositories that exist in the registry of the build and that no image uses, for a platform team. Ledgers are left out. Allowed: the keys above, keyed by a pattern of full names, in which `*` matches any characters. Default: none.',
  'repositories.remove':
    'Repositories that `provision` deletes if they are empty. Allowed: full names of repositories. Default: none.',
  'repositories.in-use':
    'Services that run images. `provision` reads what they run, and refuses a lifecycle policy that would expire an image in use. See [images in use](provision.md#images-in-use). Allowed: a list of `ecs` and `lambda`, or `{ services, roles }`. Default: none.',
  'repositories.in-use.services': 'The services to read. Allowed: a list of `ecs` and `lambda`.',
  'repositories.in-use.roles': 'Roles to read accounts that only run images. Allowed: ARNs of IAM roles.',
  ...registryDescriptions,
  ledger:
    '`off` neither reads nor writes the ledger, and finds versions by their tags alone. Default: `on`, if the repository of the ledger exists.',
  'pull-through':
    'The ECR pull-through caches for base images. Allowed: one ECR registry for all upstream registries, or a map from the host of an upstream registry to an ECR registry with a prefix. Default: none.',
  'source-date-epoch':
    'The time of all files in the image: of the commit, of the build, or a fixed time. Allowed: `commit`, `now`, or seconds since 1970. Default: `315532800` (1980-01-01).',
  attestations:
    'Where provenance and SBOM are stored: next to the image as OCI referrers, in the index of the image, or nowhere. Default: `referrers`.',
  provenance: 'The detail of the provenance. Default: `min`.',
  lint: 'The [rules for Dockerfiles](lint.md). With `warn`, `build` reports findings. With `fail`, `build` stops if there is an error. With `off`, `build` does not check. Default: `warn`.',
  'lint.build':
    'What `build` does about findings: `warn` reports them, `fail` stops if there is an error, `off` does not check. Default: `warn`.',
  'lint.rule-set':
    'The version of the rules. Rules of a newer version are only `info`. Allowed: a version of the rules, from 1. Default: the newest version.',
  'lint.rules':
    'The severities of rules, keyed by the id of the rule. For rules of other tools, write for example `hadolint/DL3059`. Allowed: `error`, `warning`, `info`, or `{ severity: off, reason: … }` for each rule. Default: `{}`.',
  sbom: 'Create an SBOM. Default: `false`.',
  'sbom.generator': 'The image that creates the SBOM. Allowed: an image reference.',
  scan: 'The scanners of the built images. `auto`: the first one that is available, of Snyk with `SNYK_TOKEN` in the environment, and of Trivy and Grype on PATH. `required`: as `auto`, but fail if no scanner is available. `off`: no scan. A name or a list of names: these scanners. Default: `auto`.',
  reuse:
    'Reuse an image that was built from the same inputs, instead of building it again. Default: every image is built.',
  'reuse.max-age':
    'The maximum age of a reused image. Allowed: a duration in `w`, `d`, `h`, `m` and `s`, for example `7d` or `12h`.',
} as const;

const image = {
  context: 'The folder of the build context. Allowed: a path in the repository.',
  dockerfile: 'The Dockerfile. Allowed: a path in the repository. Default: `Dockerfile` in the context.',
  target: 'The stage to build. Allowed: the name of a stage. Default: the last stage.',
  platforms:
    'The platforms to build for. Allowed: platforms such as `linux/amd64` and `linux/arm64`. Default: the platform of the builder.',
  repository:
    'The full name of the ECR repository. Allowed: the name of an ECR repository. Default: the prefix of the registry and the name of the image.',
  args: 'Build args, keyed by name. They stay in the history of the image, so do not use them for secrets. Allowed: strings, numbers and booleans. Default: `{}`.',
  contexts:
    'Named build contexts, keyed by name. Allowed: a path in the repository, `docker-image://<reference>`, `oci-layout://<path>`, `target:<image>`, or the URL of a git repository or an archive. Default: `{}`.',
  secrets:
    'Build secrets, keyed by the id in `RUN --mount=type=secret,id=…`. Each has either `env` or `file`. Default: `{}`.',
  'secrets.*.env':
    'The environment variable of the step that contains the secret. Allowed: the name of a variable.',
  'secrets.*.file':
    'The file that contains the secret. Allowed: a path in the repository, outside of `.git`.',
  ssh: 'SSH agents and keys for `RUN --mount=type=ssh`. Allowed: `default` for the agent of the runner, or an id with the paths of private keys, for example `deploy=keys/deploy`. Default: none.',
  labels: 'Labels of the image, keyed by name. Allowed: strings, numbers and booleans. Default: `{}`.',
  annotations:
    'OCI annotations of the image, keyed by name. An empty value removes an annotation that `build` sets. Allowed: strings, numbers and booleans. Default: `{}`.',
  pull: 'Pull base images from their registries, even if the builder has them. Default: `false`.',
  'no-cache':
    'Build without the cache. Allowed: `true`, `false`, or the names of the stages that do not use the cache. Default: `false`.',
  network: 'The network of `RUN` steps. Default: `default`.',
  'add-hosts':
    'Host names that `RUN` steps can resolve, keyed by host name. Allowed: an IP address or `host-gateway`. Default: `{}`.',
  'shm-size':
    'The size of `/dev/shm`. Allowed: bytes, or a number with `b`, `k`, `m`, `g` or `t`, for example `64m`. Default: the size of BuildKit.',
  ulimits:
    'Limits of `RUN` steps, keyed by name, for example `nofile: 1024:2048`. Allowed: `-1` for no limit, a number, `soft:hard`, or `{ soft: …, hard: … }`. The names are `core`, `cpu`, `data`, `fsize`, `locks`, `memlock`, `msgqueue`, `nice`, `nofile`, `nproc`, `rss`, `rtprio`, `rttime`, `sigpending` and `stack`. Default: `{}`.',
  compression: 'How layers are compressed. Default: `gzip`.',
  'compression.type': 'How layers are compressed.',
  'compression.level':
    'The compression level. Allowed: 0 to 9 for `gzip` and `estargz`, 0 to 22 for `zstd`. Default: the level of BuildKit.',
  'compression.force': 'Compress the layers of the base image again.',
  lambda:
    'Whether AWS Lambda must be able to run the image. If it cannot, `build`, `publish` and `promote` fail. `lint` requires no `USER`, which Lambda ignores. See [AWS Lambda](deployment.md#aws-lambda). Default: `false`.',
} as const;

const environment = {
  from: 'The environment before this one, or several: a version is promoted from the first that has it. Allowed: `build` or an environment above this one, or a list of them.',
  registry:
    'The ECR registry of the environment. Allowed: a registry with an optional prefix, or `ssm:` and the name of an SSM parameter that contains one. Default: `registry` of the file.',
  repository:
    'The full name of each repository. Allowed: a template with `{repository}`, `{environment}` and `{image}`, for example `{repository}-{environment}`. Default: the repository of the image.',
  tags: 'The tags that `promote` sets. Allowed: [tag templates](tags.md#the-facts-of-a-template), or `preset:` and the name of a [preset](tags.md#presets). Default: `[{environment}-{version}]`.',
  gate: 'The policy of promotions into this environment. Its keys replace those of `gate` of the file, one by one. `off` promotes without a gate, and the ledger records it. Allowed: `off`, or [the keys of a gate](#keys-of-a-gate). Default: `gate` of the file.',
  soak: 'How long a version must have been in the previous environment before it is promoted. Allowed: a duration such as `24h` or `7d`. Default: no time.',
  via: 'How images get into the registry of the environment. Allowed: `copy`, or `replication` if the source registry replicates its repositories there: then `promote` waits until Amazon ECR has copied every image, and sets the tags. Default: `copy`.',
  role: 'The IAM role that Towpath assumes to read and write the registry of the environment, with the AWS credentials of the job or with its OIDC token. Allowed: the ARN of a role, for example `arn:aws:iam::444455556666:role/deploy`. Default: the credentials of the job.',
} as const;

const rules = {
  'fail-on':
    'The lowest severity that fails the gate. `none` never fails. A finding without a known severity counts as the worst. Default: `critical`.',
  max: 'The number of findings of a severity above which the gate fails, for example `{ high: 5 }`. Allowed: a number for each of `critical`, `high`, `medium`, `low`, `informational` and `undefined`. Default: no maximum.',
  'only-fixable': 'Only findings with a fix can fail. Default: `false`.',
  'unknown-fix':
    'With `only-fixable`: how to treat a finding if its scanner does not say whether a fix exists. Default: `fixable`.',
  cvss: 'The lowest CVSS base score that fails. Allowed: 0 to 10. Default: no limit.',
  epss: 'The lowest EPSS score that fails, the probability of an exploit in the next 30 days. Allowed: 0 to 1. Default: no limit.',
  kev: 'Findings in the CISA catalog of known exploited vulnerabilities fail. Default: `false`.',
  'unknown-exploitability':
    'With `epss` or `kev`: whether a finding fails if its scanner does not report the data. Default: `fail`.',
  grace:
    'The days in which a finding does not fail yet, by severity, for example `{ high: 30 }`. Allowed: a number of days for each of `critical`, `high`, `medium`, `low`, `informational` and `undefined`. Default: no grace period.',
  'grace-since': 'The start of the grace period. Default: `first-seen`.',
} as const;

/** The keys of a gate: of the file, of an environment and of a policy file. */
const gate = {
  ...rules,
  base: 'The rules for findings in the layers of the base image. Allowed: the keys above. Default: the keys above, as the gate sets them.',
  ...Object.fromEntries(Object.entries(rules).map(([key, text]) => [`base.${key}`, text])),
  baseline:
    'An environment to compare with. Findings that its image has, too, do not fail. Allowed: the name of an environment, also of the one with this gate. Default: none.',
  ignore: 'Findings to accept for some time. Default: `[]`.',
  'ignore.*.id':
    'The id or an alias of the vulnerability. Allowed: an id such as `CVE-2026-1234`. Default: any.',
  'ignore.*.package':
    'The package with the finding. Allowed: a name, or a package URL such as `pkg:deb/debian/openssl@3.0.1`. Default: any.',
  'ignore.*.path':
    'The file or folder of the package in the image. Allowed: a path, in which `*` matches any characters. Default: any.',
  'ignore.*.image': 'The image with the finding. Allowed: the name of an image. Default: all images.',
  'ignore.*.severity':
    'The highest severity to accept. The ignore does not apply to a worse one. Default: all severities.',
  'ignore.*.when-fixed':
    '`end` ends the ignore when a fix exists. `keep` accepts the finding until `expires`. Default: `end`.',
  'ignore.*.reason': 'Why the finding is accepted. Allowed: any text.',
  'ignore.*.owner':
    'The person or team that accepts the finding. Allowed: any text, for example `team-payroll`.',
  'ignore.*.expires':
    'The last day of the ignore, in UTC. Allowed: a date such as `2026-12-31`, at most a year away.',
  'stale-ignores': 'What the gate does about ignores that have expired or match no finding. Default: `warn`.',
  vex: 'OpenVEX documents that accept findings. Allowed: paths in the repository. Default: `[]`.',
  'attached-vex': 'Whether OpenVEX documents that are attached to an image apply. Default: `false`.',
  'on-unsupported':
    'What the gate does if ECR cannot scan an image. `warn` and `report` let the image pass. Default: `fail`.',
  'max-age':
    'The maximum age of a scan. The verdict of an older scan is `unknown`. Allowed: a duration in `w`, `d`, `h`, `m` and `s`, for example `7d` or `12h`. Default: any age.',
} as const;

/** A policy file names no other one. */
const policy =
  'A policy file, with the keys of a gate. The other keys of this gate replace those of the file. Allowed: a path in the repository. Default: none.';

const cache = {
  'cache.type': 'Where layers are stored.',
  'cache.scope':
    'With `gha`: the scope in the GitHub Actions cache. Allowed: any text. Default: the name of the image.',
  'cache.reference':
    'With `registry`: the image that holds the layers. Allowed: an image reference without a digest. Default: the repository of the image followed by `-cache`, with the tag `layers`.',
  'cache.path':
    'With `local`: the folder for the layers. Allowed: a path in the repository. Default: `~/.cache/towpath/layers` on the runner.',
  'cache.mode': '`max` stores the layers of every stage, `min` those of the last stage.',
} as const;

const persist = '`true` stores the proxy in the image, too, so that its containers use the proxy.';

const below = (prefix: string, keys: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(keys).map(([key, text]) => [`${prefix}.${key}`, text]));

/** The description of every key, by its path. */
export const keyDescriptions: Readonly<Record<string, string>> = {
  ...file,
  proxy:
    'The proxy of `RUN` steps. `on` passes the proxy of the runner to the steps, and nothing of it stays in the image. `off` passes none. Default: `on`.',
  'proxy.persist': persist,
  cache: 'Where layers are stored for the next build. Default: `none`.',
  ...cache,
  ...below('images.*', {
    ...image,
    proxy: 'The proxy of `RUN` steps of this image. Default: `proxy` of the file.',
    'proxy.persist': persist,
    cache: 'The layer cache of this image. Default: `cache` of the file.',
    ...cache,
  }),
  ...below('environments.*', environment),
  ...below('gate', { policy, ...gate }),
  ...below('environments.*.gate', { policy, ...gate }),
};
