import { anyImages, parseImageList, type GivenImage } from '@towpath/project';
import { parseEcrHost, parseReference, type EcrHost } from '@towpath/reference';

/** An image that the input `images` names by its digest. */
export interface ReferredImage extends GivenImage {
  /** The registry of a reference. Undefined: the registry of the environment. */
  readonly registry?: EcrHost;
}

/**
 * Reads the input `images`: references with a digest, or the output of an earlier step as JSON.
 *
 * @returns undefined if no images are given
 */
export function parseImageReferences(
  given: string,
  problem: (message: string, hint?: string) => void,
): readonly ReferredImage[] | undefined {
  if (given === anyImages || /^[[{]/.test(given)) return parseImageList(given, problem);
  const references = [...new Set(given.split(/[,\n]/).map((text) => text.trim()))].filter(
    (text) => text !== '',
  );
  if (references.length > maxReferences) {
    problem(`Input images has ${references.length} references. The limit is ${maxReferences}.`);
    return undefined;
  }
  return references.flatMap((text) => {
    const image = parseImage(text);
    if (image !== undefined) return [image];
    problem(
      `Input images: ${JSON.stringify(text.slice(0, 300))} is not an image of a private ECR registry with a digest.`,
      'Write HOST/REPOSITORY@sha256:…, e.g. 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web@sha256:….',
    );
    return [];
  });
}

/** The limit of {@link parseImageList}. */
const maxReferences = 1000;

function parseImage(text: string): ReferredImage | undefined {
  const { host = '', repository = '', digest } = parseReference(text) ?? {};
  const registry = parseEcrHost(host);
  if (registry === undefined || digest === undefined) return undefined;
  return { name: repository, repository, registry, digest };
}
