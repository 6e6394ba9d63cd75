/** The descriptions of the keys below `repositories.registry`, as in key-descriptions.ts. */
export const registryDescriptions = {
  'repositories.registry':
    'Settings of the whole registry of the build. See [the registry](provision.md#the-registry). Default: not managed.',
  'repositories.registry.scanning': 'The scanning configuration of the registry. Default: not managed.',
  'repositories.registry.scanning.type':
    'Basic scanning, or enhanced scanning by Amazon Inspector. Default: not managed.',
  'repositories.registry.scanning.on-push':
    'Repositories to scan when an image is pushed. They are added to those of the registry. Allowed: filters of repository names, in which `*` matches any characters. Default: none.',
  'repositories.registry.scanning.continuous':
    'Repositories to scan continuously, with `type: enhanced`. They are added to those of the registry. Allowed: filters as for `on-push`. Default: none.',
  'repositories.registry.blob-mounting':
    'Mount layers that another repository of the registry has, instead of uploading them again. Default: not managed.',
  'repositories.registry.basic-scan-version': 'The scanner of basic scans. Default: not managed.',
  'repositories.registry.policy-scope':
    'Applies the registry policy to all actions of ECR. It cannot be undone. Default: not managed.',
  'repositories.registry.pull-time-exclusions':
    'Principals whose pulls do not count as a use of an image. They are added to those of the registry. Allowed: ARNs of IAM roles and users. Default: none.',
  'repositories.registry.replication':
    'Rules that copy pushed images to other registries. They are added to those of the registry. Allowed: at most 25 rules. Default: not managed.',
  'repositories.registry.replication.*.to':
    'The registries that get the images. Allowed: regions such as `us-west-2`, or an account and a region such as `444455556666/us-west-2`.',
  'repositories.registry.replication.*.repositories':
    'The repositories that the rule copies. Allowed: prefixes of names, such as `payroll/`. Default: all repositories.',
  'repositories.registry.replication.*.deletions':
    'Delete an image or a tag in the destinations if it is deleted or expires here. Default: `false` for a new rule; a rule that exists stays as it is.',
  'repositories.registry.pull-through':
    'Pull-through cache rules of the registry. Other rules stay. Allowed: at most 50 rules. Default: not managed.',
  'repositories.registry.pull-through.*.prefix':
    'The namespace of the repositories of the cache. Allowed: 2 to 30 characters, or `ROOT`.',
  'repositories.registry.pull-through.*.upstream':
    'The cached registry. It cannot change later. Allowed: `public.ecr.aws`, `docker.io`, `ghcr.io`, `registry.gitlab.com`, `quay.io`, `registry.k8s.io`, `cgr.dev`, a host of `azurecr.io`, or a private registry of ECR.',
  'repositories.registry.pull-through.*.upstream-prefix':
    'The namespace in the cached registry. It cannot change later. Allowed: 2 to 30 characters. Default: the whole registry.',
  'repositories.registry.pull-through.*.credential':
    'The credentials for the cached registry. Allowed: the ARN of a secret in the account and the region of the registry, whose name starts with `ecr-pullthroughcache/`. Default: none.',
  'repositories.registry.pull-through.*.role':
    'The role that ECR assumes to pull from another private registry of ECR. Allowed: the ARN of a role in the account of the registry. Default: none.',
  'repositories.registry.templates':
    'Settings of repositories that ECR creates itself. Other templates stay. Allowed: templates with different prefixes. Default: not managed.',
  'repositories.registry.templates.*.prefix':
    'The namespace of the repositories. Allowed: a namespace such as `payroll`, or `ROOT` for all repositories without another template.',
  'repositories.registry.templates.*.description':
    'A text for people. Allowed: at most 256 characters. Default: empty.',
  'repositories.registry.templates.*.for':
    'When ECR creates a repository with the template. Allowed: a list of `push`, `pull-through` and `replication`.',
  'repositories.registry.templates.*.immutability':
    'Whether tags can move. Default: `immutable` if `for` is `[push]`, else `mutable`, because tags of a cache and of replicas move with their source.',
  'repositories.registry.templates.*.except':
    'Tags that are excluded from `immutability`. Allowed: at most 5 patterns, in which `*` matches any characters. Default: none.',
  'repositories.registry.templates.*.encryption':
    'How ECR encrypts the images. Allowed: `AES256`, `KMS`, `KMS_DSSE`, the full ARN of a KMS key, or a map of `type` and `key`. KMS needs `role`. Default: `AES256`.',
  'repositories.registry.templates.*.lifecycle':
    'The lifecycle policy of the repositories. Allowed: as `repositories.lifecycle`. Default: none.',
  'repositories.registry.templates.*.readers':
    'Who may pull. Allowed: as `repositories.readers`. Default: the account of the registry.',
  'repositories.registry.templates.*.tags':
    'Resource tags. They need `role`. Allowed: a map of strings. Default: none.',
  'repositories.registry.templates.*.role':
    'The role that ECR assumes to create a repository. Allowed: the ARN of a role in the account of the registry. Default: none.',
  'repositories.registry.templates.*.apply-to-existing':
    'Also apply the written settings to repositories that exist. Default: `false`.',
  'repositories.registry.policy':
    'Statements of the registry policy, keyed by name. `provision` removes statements that it added and that are not listed here. Other statements stay. Allowed: names of letters and digits. Default: not managed.',
  'repositories.registry.policy.*.effect':
    'Whether the statement allows or denies the actions. Default: the actions are allowed.',
  'repositories.registry.policy.*.principals':
    'The principals of the statement. Allowed: AWS accounts in quotes, ARNs of IAM, or `*`.',
  'repositories.registry.policy.*.actions':
    'The actions of the statement. Allowed: actions of ECR, in which `*` matches any characters, such as `ecr:ReplicateImage`.',
  'repositories.registry.policy.*.repositories':
    'The repositories of the statement. Allowed: names, in which `*` matches any characters. Default: all repositories.',
  'repositories.registry.policy.*.condition':
    'The condition of the statement. Allowed: conditions of IAM, for example `{ StringEquals: { "aws:PrincipalOrgID": o-a1b2c3d4e5 } }`. Default: always.',
  'repositories.registry.signing':
    'Rules that sign pushed images with AWS Signer. They are added to those of the registry. Allowed: at most 10 rules. Default: not managed.',
  'repositories.registry.signing.*.profile':
    'The signing profile. Allowed: the ARN of a profile of AWS Signer.',
  'repositories.registry.signing.*.repositories':
    'The repositories whose images are signed. Allowed: names, in which `*` matches any characters. Default: all repositories.',
};
