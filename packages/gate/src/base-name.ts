import { readDockerfile } from '@towpath/build-context';
import { insideWorkspace, type ImageConfig } from '@towpath/config';
import { finalStage } from '@towpath/dockerfile';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { parseReference, type Platform, type Reference } from '@towpath/reference';

/** The base image of an image on one platform. */
export interface BaseName {
  readonly reference: Reference;
  /** The `FROM` line, for messages. */
  readonly where: string;
}

/**
 * Returns the image in the `FROM` line of the stage that becomes the image, `scratch`, or why it is unknown. A named
 * context that replaces the stage or its base image makes it unknown.
 */
export async function baseName(
  { args, target, dockerfile, contexts }: ImageConfig,
  platform: Platform,
  { workspace }: Pick<Runtime, 'workspace'>,
): Promise<BaseName | 'scratch' | { readonly why: string }> {
  try {
    const text = (await readDockerfile(insideWorkspace(workspace, dockerfile), dockerfile)).toString('utf8');
    const names = new Set([...contexts.keys()].map((name) => name.toLowerCase()));
    const stage = finalStage(text, { args, platforms: [platform], target, contexts: names });
    const where = `${dockerfile}:${stage?.from ?? 1}`;
    if (stage === undefined) return { why: `${dockerfile} has no stage that becomes the image` };
    const { image = '' } = stage;
    if (image === 'scratch') return 'scratch';
    if (image === '' || names.has(image.toLowerCase()))
      return { why: `a named context or an argument replaces the base image in ${where}` };
    const reference = parseReference(image);
    return reference === undefined
      ? { why: `${where} names no image that can be found` }
      : { reference, where };
  } catch (error) {
    if (error instanceof CodedError) return { why: error.message };
    return { why: `${dockerfile} cannot be read` };
  }
}
