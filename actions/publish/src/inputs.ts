import { list, optional, readInputs, required, text, withDefault } from '@towpath/flow';
import { projectInputs, type ProjectInputs } from '@towpath/project';
import { isRepositoryName, parseRegistry, type Registry } from '@towpath/reference';
import { parseTemplate, type TagTemplate } from '@towpath/tags';
import * as z from 'zod';

export interface PublishInputs extends ProjectInputs {
  readonly version: string;
  readonly imageSet: string | undefined;
  /** The digests that the build has told of, by the image's name. Undefined: it did not. */
  readonly expected: ReadonlyMap<string, string> | undefined;
  /** Instead of the configuration's. Undefined: the configuration's. */
  readonly tags: readonly TagTemplate[] | undefined;
  readonly registry: Registry | undefined;
  /** The model's input: the full repository name of the one image. */
  readonly repository: string | undefined;
}

const expectedSchema = z.array(z.object({ name: z.string(), digest: z.string() }));

export const inputs = readInputs(
  {
    ...projectInputs,
    version: required(text),
    'image-set': optional(text),
    images: optional(text),
    tags: withDefault(list, []),
    registry: optional(text),
    'image-name': withDefault(list, []),
    'ecr-repository': optional(text),
  },
  (values, problem): PublishInputs => {
    const tags = values.tags.flatMap((source) => {
      const parsed = parseTemplate(source);
      if ('wrong' in parsed) problem(`Input tags: ${parsed.wrong}`);
      return 'template' in parsed ? parsed.template : [];
    });
    const registry = values.registry === undefined ? undefined : parseRegistry(values.registry);
    if (values.registry !== undefined && registry === undefined) {
      problem(
        `Input registry is ${JSON.stringify(values.registry)}: it must be a private ECR registry, with a prefix where there is one.`,
      );
    }
    const repository = values['ecr-repository'];
    if (repository !== undefined && !isRepositoryName(repository)) {
      problem(
        `Input ecr-repository is ${JSON.stringify(repository)}: it must be the full name of an ECR repository.`,
      );
    }
    return {
      config: values.config,
      only: [...new Set([...values.only, ...values['image-name']])],
      region: values.region,
      dryRun: values['dry-run'],
      version: values.version,
      imageSet: values['image-set'],
      expected: parseExpected(values.images, problem),
      tags: tags.length === 0 ? undefined : tags,
      registry,
      repository,
    };
  },
);

/** The output `images` of the build, of which names and digests count. */
function parseExpected(
  given: string | undefined,
  problem: (message: string, hint?: string) => void,
): ReadonlyMap<string, string> | undefined {
  if (given === undefined) return undefined;
  const parsed = expectedSchema.safeParse(parseJson(given));
  if (parsed.success) return new Map(parsed.data.map(({ name, digest }) => [name, digest]));
  problem('Input images is no list of images.', 'Hand over the output images of the build as it is.');
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
