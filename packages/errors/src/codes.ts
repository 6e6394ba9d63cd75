/**
 * The catalogue: every way in which a step can end that is not our bug, with what it means. The code is what a
 * workflow can branch on (output `failure-reason`); it is never renamed within a major version.
 */
export const codes = {
  // Inputs and configuration
  'input-invalid': 'An input is missing, unknown or wrong.',
  'config-missing': 'There is no configuration and no Dockerfile to build.',
  'config-invalid': 'The configuration has a wrong key, type or reference.',
  'dockerfile-missing': 'The Dockerfile of an image does not exist.',
  'dockerfile-invalid': 'The Dockerfile of an image cannot be parsed.',
  'context-missing': 'The build context of an image does not exist.',
  'secret-missing': 'A secret or an SSH key that a build is to use is not there.',
  'tag-invalid': 'A tag cannot be made: its template is wrong or its facts are absent.',
  'version-unknown': 'Nothing tells the version that was asked for.',
  'registry-unknown': 'No registry is configured and none could be found out.',
  'promotion-skips': 'A promotion may not skip an environment.',

  // Building
  'program-missing': 'A program that is needed is not installed, or may not be started.',
  'builder-missing': 'No builder is there that can write an OCI image layout.',
  'docker-missing': 'Images shall be left in Docker, and no Docker answers.',
  'load-failed': 'Docker could not load an image.',
  'proxy-exposed': 'An image would keep the address of the proxy, perhaps with its password.',
  'platform-unsupported': 'An image has steps to run on a platform that the builder cannot run.',
  'build-failed': 'BuildKit could not build an image.',
  'disk-full':
    'A disk is full, of the builder or of the runner: an image, or the image set, could not be written.',
  'image-set-missing': 'The folder of the image set does not exist or holds no image set.',
  'image-set-invalid': 'The image set is torn, edited or of an unknown version.',

  // Amazon ECR and its neighbours
  'credentials-missing': 'No AWS credentials were found, or they have expired.',
  'access-denied': 'AWS refused a call: a permission is missing.',
  'repository-missing': 'The ECR repository does not exist.',
  'image-missing': 'An image is not where it should be.',
  'image-unsupported': 'An image is larger or deeper than the limits, or has layers that no registry stores.',
  'tag-conflict': 'A tag that must not change already names another image.',
  'version-taken': 'A version was published before, with other images.',
  'release-missing': 'The ledger has no release of a version: it was not published, or not completely.',
  'release-invalid': 'A release in the ledger cannot be read, or does not agree with the tags.',
  'ledger-mutable': 'The repository of the ledger lets its tags change.',
  'digest-mismatch': 'Bytes do not have the digest they should have.',
  'parameter-missing': 'The SSM parameter does not exist.',
  'registry-unsupported': 'A registry cannot do what was asked of it.',
  'registry-unreachable': 'The registry or the API could not be reached.',
  'outside-failed': 'AWS, the network or a registry failed after retries.',

  // Verdicts
  'gate-failed': 'The gate found what its policy does not allow.',
  'gate-unknown': 'The gate cannot know whether the image is clean.',
  'gate-timeout': 'The scan did not finish in time.',

  // Endings
  cancelled: 'The run was cancelled.',
  'internal-error': 'A defect of Towpath itself.',
} as const;

/** A code of the catalogue. */
export type Code = keyof typeof codes;
