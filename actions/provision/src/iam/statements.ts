/** A statement of a policy that allows actions. */
export interface Allow {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal?: { readonly AWS: string };
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
}

/** A policy document of IAM. */
export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly object[];
}

/** Returns the statement as a list, or an empty list if it would allow nothing. */
export function allow(
  Sid: string,
  actions: readonly string[],
  resources: readonly string[] = ['*'],
): readonly Allow[] {
  if (actions.length === 0 || resources.length === 0) return [];
  return [{ Sid, Effect: 'Allow', Action: unwrap(actions), Resource: unwrap(resources) }];
}

export function policyOf(...statements: readonly (readonly object[])[]): Policy {
  return { Version: '2012-10-17', Statement: statements.flat() };
}

/** A list of one is written as its item, as in the examples of AWS. */
export function unwrap(list: readonly string[]): string | readonly string[] {
  const [first, ...others] = list;
  return first !== undefined && others.length === 0 ? first : list;
}

const upload = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload'] as const;

/**
 * The actions of each task in the API of Amazon ECR. Actions that accept no resource are apart: IAM ignores them beside
 * an ARN (Service Authorization Reference, ECR).
 */
export const tasks = {
  logIn: ['ecr:GetAuthorizationToken'],
  readScanningConfiguration: ['ecr:GetAuthorizationToken', 'ecr:GetRegistryScanningConfiguration'],
  publish: [
    'ecr:DescribeRepositories',
    'ecr:BatchGetImage',
    'ecr:BatchCheckLayerAvailability',
    ...upload,
    'ecr:PutImage',
  ],
  /** Pushing images of another environment, whose state before the first entry is read, too. */
  deliver: [
    'ecr:DescribeRepositories',
    'ecr:BatchGetImage',
    'ecr:DescribeImages',
    'ecr:BatchCheckLayerAvailability',
    ...upload,
    'ecr:PutImage',
  ],
  tag: ['ecr:DescribeRepositories', 'ecr:BatchGetImage', 'ecr:DescribeImages', 'ecr:PutImage'],
  record: ['ecr:BatchCheckLayerAvailability', ...upload],
  gate: [
    'ecr:DescribeRepositories',
    'ecr:BatchGetImage',
    'ecr:BatchGetRepositoryScanningConfiguration',
    'ecr:DescribeImageScanFindings',
  ],
  gateAndTag: [
    'ecr:DescribeRepositories',
    'ecr:BatchGetImage',
    'ecr:DescribeImages',
    'ecr:BatchGetRepositoryScanningConfiguration',
    'ecr:DescribeImageScanFindings',
    'ecr:PutImage',
  ],
  listTags: ['ecr:ListImages'],
  pullLayers: ['ecr:GetDownloadUrlForLayer'],
  readPushTimes: ['ecr:DescribeImages'],
  readReplication: ['ecr:DescribeImageReplicationStatus'],
} as const;

/** Returns how a job finds its registry. Without a parameter, a login shows which registry is the caller's own. */
export function findRegistry(
  { isOwnRegistry }: { readonly isOwnRegistry: boolean },
  parameters: readonly string[],
  logsIn: boolean,
): readonly Allow[] {
  return [
    ...allow('FindRegistry', ['ssm:GetParameter'], parameters),
    ...(isOwnRegistry && !logsIn ? allow('FindOwnRegistry', tasks.logIn) : []),
  ];
}
