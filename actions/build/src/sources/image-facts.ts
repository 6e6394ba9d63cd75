import { readInputs, gatherProblems, type ImageInputs, type Reading } from '@towpath/build-inputs';
import type { BuildRequest } from '@towpath/buildx';
import type { ImageConfig } from '@towpath/config';
import { readKeys, readSecrets, type JobContext } from '../secrets/image-secrets.ts';

/** A configured image with all of its build inputs. */
export interface ImageFacts extends ImageInputs {
  readonly secrets: BuildRequest['secrets'];
  readonly ssh: BuildRequest['ssh'];
}

/** @throws CodedError that lists the problems of all images */
export async function readImages(
  images: readonly ImageConfig[],
  reading: Reading & JobContext,
): Promise<readonly ImageFacts[]> {
  return gatherProblems(images.map((image) => readImage(image, reading)));
}

async function readImage(image: ImageConfig, reading: Reading & JobContext): Promise<ImageFacts> {
  const [inputs, secrets, ssh] = await gatherProblems([
    readInputs(image, reading),
    readSecrets(image, reading),
    readKeys(image, reading),
  ]);
  return { ...inputs, secrets, ssh };
}
