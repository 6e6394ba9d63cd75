import { list, optional, readInputs, required, text, withDefault } from '@towpath/flow';
import { projectInputs, type ProjectInputs } from '@towpath/project';
import { isRepositoryName, parseRegistry, type Registry } from '@towpath/reference';
import { parseTemplate, type TagTemplate } from '@towpath/tags';

export interface PublishInputs extends ProjectInputs {
  readonly version: string;
  readonly imageSet: string | undefined;
  /** Instead of the configuration's. Undefined: the configuration's. */
  readonly tags: readonly TagTemplate[] | undefined;
  readonly registry: Registry | undefined;
  /** The model's input: the full repository name of the one image. */
  readonly repository: string | undefined;
}

export const inputs = readInputs(
  {
    ...projectInputs,
    version: required(text),
    'image-set': optional(text),
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
      tags: tags.length === 0 ? undefined : tags,
      registry,
      repository,
    };
  },
);
