import { isSent } from '@towpath/build-context';
import { forAll } from '@towpath/concurrency';
import { CodedError, type Problem } from '@towpath/errors';
import { join } from 'node:path';
import type { ImageFacts } from './image-facts.ts';

/**
 * Checks that the folder of the image set is outside all build contexts. Otherwise the set would be part of the next
 * build and its fingerprint.
 *
 * @param folder of the image set
 * @throws CodedError `input-invalid` that lists every context that contains the folder
 */
export async function requireOutsideContexts(
  folder: string,
  images: readonly Pick<ImageFacts, 'image' | 'context' | 'dockerfile' | 'contexts'>[],
): Promise<void> {
  const file = join(folder, 'images.json');
  const sent = images.flatMap(({ image, ...read }) => foldersOf(read).map((one) => ({ image, ...one })));
  const judged = await forAll(
    sent,
    async ({ image, name, folder: context, dockerfile }): Promise<Problem[]> => {
      if (!(await isSent(context, file, dockerfile))) return [];
      const message = `The image set cannot be written to ${folder}: it is in ${name} of image ${image.name}, and would be part of the next build.`;
      return [{ code: 'input-invalid', message, hint }];
    },
  );
  const problems = judged.flat();
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `The image set would be in ${count} build contexts.`);
}

const hint = 'Leave out the input image-set, name a folder outside of it, or name it in the .dockerignore.';

function foldersOf({
  context,
  dockerfile,
  contexts,
}: Pick<ImageFacts, 'context' | 'dockerfile' | 'contexts'>) {
  const named = [...contexts].flatMap(([name, one]) =>
    one.kind === 'folder'
      ? [{ name: `the named context ${name}`, folder: one.folder, dockerfile: undefined }]
      : [],
  );
  return [{ name: 'the build context', folder: context, dockerfile }, ...named];
}
