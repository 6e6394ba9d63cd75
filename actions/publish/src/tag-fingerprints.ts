import type { ImageConfig } from '@towpath/config';
import { CodedError, type Problem } from '@towpath/errors';
import type { TagTemplate } from '@towpath/tags';
import { sameInputs, withoutStop } from './reused.ts';

/**
 * Requires that this step computed every fingerprint that appears in a tag, because the build could claim any.
 *
 * @param doubts the reasons why a fingerprint is wrong or cannot be computed, by image name
 * @throws CodedError `tag-invalid` that lists every image
 */
export function requireFingerprints(
  images: readonly { readonly image: Pick<ImageConfig, 'name'> }[],
  templates: readonly TagTemplate[],
  doubts: ReadonlyMap<string, string>,
): void {
  const template = templates.find(({ parts }) =>
    parts.some((part) => typeof part === 'object' && part.fact === 'fingerprint'),
  );
  if (template === undefined) return;
  const problems = images.flatMap(({ image: { name } }): Problem[] => {
    const why = doubts.get(name);
    if (why === undefined) return [];
    const message = `Image ${name} gets no tag from ${template.source}, because publish cannot compute its fingerprint: ${withoutStop(why)}.`;
    const hint = `${sameInputs} Or remove ${template.source} from the tags.`;
    return [{ code: 'tag-invalid', message, hint }];
  });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images have no computed fingerprint for their tags.`);
}
