import type { Code } from '@towpath/errors';

/** A failed call, as an explanation describes it. */
export interface FailedCall {
  /** The required permission, e.g. `ecr:PutImage`. */
  readonly operation: string;
  /** The operation and its resource. */
  readonly what: string;
  /** The resource; empty if the call has none. */
  readonly subject: string;
  /** AWS's message. */
  readonly message: string;
}

/** What an exception means, and the fix. */
export interface Explanation {
  readonly code: Code;
  readonly text: (call: FailedCall) => string;
  readonly hint: (call: FailedCall) => string;
}

const throttled: Explanation = {
  code: 'outside-failed',
  text: ({ what, message }) => `AWS throttles ${what}, also after retries: ${message}`,
  hint: ({ operation }) =>
    `Run the step again when fewer jobs call ${operation} in this account and region. If it happens often, request a higher rate of ${operation} in the Service Quotas console.`,
};

const incomplete: Explanation = {
  code: 'outside-failed',
  text: ({ what, message }) =>
    `${what} failed, because content of the image is not in the repository: ${message}`,
  hint: () =>
    'Run the step again: it copies what is missing. If it fails again, check which lifecycle rule or job removes untagged images there.',
};

const refusedValue: Explanation = {
  code: 'outside-failed',
  text: ({ what, message }) => `AWS refused a value in ${what}: ${message}`,
  hint: () =>
    'Correct the value that AWS names in the configuration or in the inputs. If it is right there, report a bug of Towpath.',
};

/** Returns how an OIDC token that AWS rejects is made valid. */
export const tokenHint =
  'Check the identity provider in IAM, in the account of the role: its URL must be the issuer of the token, and sts.amazonaws.com must be one of its audiences, also in China and GovCloud.';

const rejectedToken: Explanation = {
  code: 'access-denied',
  text: ({ what, message }) => `AWS rejected the OIDC token for ${what}: ${message}`,
  hint: () => tokenHint,
};

/** Returns how a KMS key is made usable again. */
export const kmsHint =
  'Find the key of the repository with aws ecr describe-repositories (encryptionConfiguration). Check in AWS KMS that the key exists, is enabled, and still has the grants of ECR. To create a repository with a key of your own, the role needs kms:CreateGrant and kms:DescribeKey on the key.';

/** Explanations of exceptions of Amazon ECR and Systems Manager (ECR API reference, "Common Errors" and "Data Types"). */
const explanations: ReadonlyMap<string, Explanation> = new Map<string, Explanation>([
  [
    'BlockedByOrganizationPolicyException',
    {
      code: 'access-denied',
      text: ({ what, message }) => `A policy of the AWS organization blocks ${what}: ${message}`,
      hint: () =>
        'Ask the administrators of the organization: they manage this setting for all accounts. Remove it from the configuration, or have the policy changed.',
    },
  ],
  [
    'UnknownOperationException',
    {
      code: 'outside-failed',
      text: ({ operation, message }) => `ECR does not have ${operation} in this region: ${message}`,
      hint: () => 'Remove the setting from the configuration, or use a registry in another region.',
    },
  ],
  [
    'RepositoryNotFoundException',
    {
      code: 'repository-missing',
      text: ({ subject, message }) => `There is no repository ${subject}: ${message}`,
      hint: () =>
        'Check the account, the region and the name. To create it, set create-repository: true for publish, or run aws ecr create-repository.',
    },
  ],
  [
    'ParameterNotFound',
    {
      code: 'parameter-missing',
      text: ({ subject }) => `There is no ${subject === '' ? 'parameter' : subject}.`,
      hint: () =>
        'Check the name and the region. To create it, run aws ssm put-parameter --type String with the registry as its value, for example 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll. Or write the registry itself into towpath.yaml.',
    },
  ],
  [
    'ImageNotFoundException',
    {
      code: 'image-missing',
      text: ({ what, message }) => `${what} failed, because the image does not exist: ${message}`,
      hint: () =>
        'Run the step again if another job deleted the image meanwhile. Otherwise publish or promote the version again, and check the lifecycle policy of the repository.',
    },
  ],
  [
    'KmsException',
    {
      code: 'outside-failed',
      text: ({ what, message }) => `AWS KMS refused ${what}: ${message}`,
      hint: () => kmsHint,
    },
  ],
  [
    'LimitExceededException',
    {
      code: 'quota-exceeded',
      text: ({ what, message }) => `A quota of AWS is exceeded by ${what}: ${message}`,
      hint: () =>
        'Delete tags, images or repositories that nothing needs. Or request a higher quota for Amazon ECR in the Service Quotas console, in this account and region. The quota of 1,000 tags of an image cannot be raised.',
    },
  ],
  ['LayersNotFoundException', incomplete],
  ['ReferencedImagesNotFoundException', incomplete],
  ['ThrottlingException', throttled],
  ['TooManyRequestsException', throttled],
  // The code of STS, and the name of the exception in the SDK.
  ['InvalidIdentityToken', rejectedToken],
  ['InvalidIdentityTokenException', rejectedToken],
  ['InvalidParameterException', refusedValue],
  ['ValidationException', refusedValue],
]);

/** Returns what an exception means; undefined for one that has no explanation here. */
export function explanationOf(exception: string): Explanation | undefined {
  return explanations.get(exception);
}
