import type { ImageInputs } from '@towpath/build-inputs';
import { lambdaProblems, type BuildConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';

/** @throws CodedError `lambda-unsupported` that lists every image with `lambda: true` that AWS Lambda could not run */
export function requireLambda(
  images: readonly Pick<ImageInputs, 'image' | 'platforms'>[],
  { attestations }: Pick<BuildConfig, 'attestations'>,
): void {
  const problems = images.flatMap(({ image, platforms }) =>
    lambdaProblems(image, { platforms, attestations }),
  );
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `AWS Lambda could not run the images: ${count} problems.`);
}
