/**
 * All error codes with their meaning. Workflows branch on them (output `failure-reason`), so a code is never renamed
 * within a major version.
 */
export const codes = {
  // Inputs and configuration
  'input-invalid': 'An input is missing, unknown or invalid.',
  'config-missing': 'The repository has neither a configuration nor a Dockerfile.',
  'config-invalid': 'The configuration has an unknown key, a wrong type or an invalid reference.',
  'dockerfile-missing': 'The Dockerfile of an image does not exist.',
  'dockerfile-invalid': 'The Dockerfile of an image cannot be parsed.',
  'context-missing': 'The build context of an image does not exist.',
  'secret-missing': 'A secret or an SSH key that a build needs is missing.',
  'tag-invalid': 'A tag cannot be rendered: its template is invalid, or a value in it is missing.',
  'version-unknown': 'The version cannot be determined.',
  'registry-unknown': 'No registry is configured, and none can be derived.',
  'promotion-skips': 'The promotion would skip an environment.',

  // Building
  'program-missing': 'A required program is not installed or cannot be started.',
  'builder-missing': 'No builder can write an OCI image layout.',
  'docker-missing': 'The input `load: true` needs a Docker daemon, and none responded.',
  'load-failed': 'Docker could not load an image.',
  'proxy-exposed': 'An image would contain the address of the proxy, perhaps with its password.',
  'platform-unsupported': 'A Dockerfile runs steps for a platform that the builder cannot run.',
  'build-failed': 'BuildKit could not build an image.',
  'disk-full': 'The disk of the builder or of the runner is full: an image or the image set was not written.',
  'image-set-missing': 'The image set folder does not exist or contains no image set.',
  'image-set-invalid': 'The image set is incomplete, was changed, or has an unknown format version.',

  // Amazon ECR and other registries
  'credentials-missing': 'No AWS credentials were found, or they have expired.',
  'access-denied': 'AWS denied a call: a permission is missing.',
  'repository-missing': 'The ECR repository does not exist.',
  'image-missing': 'An image was not found in its repository.',
  'image-unsupported':
    'An image exceeds a limit on size or nesting, or has layers that registries do not store.',
  'tag-conflict': 'A tag that must not change already points to another image.',
  'version-taken': 'The version was already published with different images.',
  'release-missing': 'The ledger has no release of the version: it was not published completely.',
  'release-invalid': 'A release in the ledger is invalid or contradicts the tags.',
  'ledger-mutable': 'The ledger repository is not immutable.',
  'digest-mismatch': 'Content does not match its digest.',
  'parameter-missing': 'The SSM parameter does not exist.',
  'registry-unsupported': 'The registry does not support the operation.',
  'registry-unreachable': 'The registry or the API cannot be reached.',
  'outside-failed': 'AWS, the network or a registry failed after retries.',

  // Verdicts
  'gate-failed': 'The image has findings that the policy does not allow.',
  'gate-unknown': 'The image has no complete scan result to judge.',
  'gate-timeout': 'The scan did not finish before the timeout.',

  // Endings
  cancelled: 'The run was cancelled.',
  'internal-error': 'Towpath has a bug.',
} as const;

export type Code = keyof typeof codes;
