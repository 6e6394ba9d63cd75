import { expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { Aws, type PrivateEcr } from './aws.ts';
import { findImages } from './images.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

/** Returns a registry whose BatchGetImage has this answer. The emulator has no KMS and no upstream that fails. */
function registryWith(answer: object): PrivateEcr {
  const registry = new Aws({ env: {} }).registry({
    kind: 'private',
    account: '111122223333',
    region: 'us-east-1',
    host,
  });
  const client = { send: () => Promise.resolve(answer) } as unknown as PrivateEcr['client'];
  return { ...registry, client };
}

async function fail(answer: object): Promise<CodedError> {
  const error: unknown = await findImages(registryWith(answer), 'payroll/web', ['1.4.0']).catch(
    (reason: unknown) => reason,
  );
  if (!(error instanceof CodedError)) throw new Error('expected a CodedError');
  return error;
}

test.each<{ failureCode: string; code: string; hint: RegExp }>([
  {
    failureCode: 'ImageInaccessible',
    code: 'image-missing',
    hint: /^If the image is archived, restore it\. Run: aws ecr update-image-storage-class --registry-id 111122223333 --region us-east-1 --repository-name payroll\/web --image-id imageTag=1\.4\.0 --target-storage-class STANDARD$/,
  },
  {
    failureCode: 'KmsError',
    code: 'outside-failed',
    hint: /Check in AWS KMS that the key exists, is enabled/,
  },
  {
    failureCode: 'UpstreamAccessDenied',
    code: 'outside-failed',
    hint: /^Check the pull-through cache rule of the repository/,
  },
])(
  'an image that ECR does not return because of $failureCode is an error with the next step',
  async ({ failureCode, code, hint }) => {
    const failure = { failureCode, failureReason: 'as ECR says', imageId: { imageTag: '1.4.0' } };
    const error = await fail({ images: [], failures: [failure] });
    expect([error.code, error.message, error.hint]).toEqual([
      code,
      expect.stringMatching(/return 1\.4\.0 of payroll\/web in 111122223333\..*: as ECR says/),
      expect.stringMatching(hint),
    ]);
  },
);

test('a manifest that cannot be read is an error with its tag, its digest and its repository', async () => {
  const imageId = { imageTag: '1.4.0', imageDigest: `sha256:${'a'.repeat(64)}` };
  const error = await fail({ images: [{ imageId, imageManifest: '{"layers":3}' }] });
  expect([error.code, error.message, error.hint]).toEqual([
    'image-unsupported',
    expect.stringMatching(
      /^Towpath cannot read tag 1\.4\.0 \(sha256:a{64}\) of payroll\/web in 1111.*: Manifest sha256:.* is neither/,
    ),
    expect.stringMatching(/^Another program pushed it\. Find out who can push to this repository/),
  ]);
});
