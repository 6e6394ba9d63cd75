import type { Problem } from '@towpath/errors';
import {
  ecrPublicHost,
  parseReference,
  parseRegistry,
  registryKey,
  registryUri,
  type Registry,
} from '@towpath/reference';

/** The ECR repository of a tag. */
export interface TaggedRepository {
  readonly registry: Registry;
  readonly repository: string;
}

/** Returns the ECR repositories in a target's tags. */
export function ecrRepositories(tags: readonly string[]): readonly TaggedRepository[] {
  return tags.flatMap((tag) => {
    const reference = parseReference(tag);
    if (reference === undefined) return [];
    const [alias = '', ...rest] = reference.repository.split('/');
    const isPublic = reference.host === ecrPublicHost;
    const registry = parseRegistry(isPublic ? `${ecrPublicHost}/${alias}` : reference.host);
    return registry === undefined
      ? []
      : [{ registry, repository: isPublic ? rest.join('/') : reference.repository }];
  });
}

/**
 * Returns the problems in the tags of the targets.
 *
 * @param unset variables that the file uses but that are not set
 */
export function tagProblems(
  file: string,
  targets: readonly (readonly [name: string, tags: readonly string[]])[],
  unset: readonly string[],
): readonly Problem[] {
  const invalid = targets.flatMap(([name, tags]) =>
    tags.filter((tag) => parseReference(tag) === undefined).map((tag) => invalidTag(file, name, tag, unset)),
  );
  const several = targets.flatMap(([name, tags]) => {
    const names = new Set(
      ecrRepositories(tags).map(({ registry, repository }) => `${registryUri(registry)}/${repository}`),
    );
    const keys = new Set(
      ecrRepositories(tags).map(({ registry, repository }) => `${registryKey(registry)}/${repository}`),
    );
    return keys.size < 2 ? [] : [ambiguous(file, `target.${name}.tags has`, 'repositories', [...names])];
  });
  const registries = new Map(
    targets.flatMap(([, tags]) =>
      ecrRepositories(tags).map(({ registry }) => [registryKey(registry), registryUri(registry)]),
    ),
  );
  const spread =
    several.length > 0 || registries.size < 2
      ? []
      : [ambiguous(file, 'Targets have', 'registries', [...registries.values()])];
  return [...invalid, ...several, ...spread];
}

function invalidTag(file: string, name: string, tag: string, unset: readonly string[]): Problem {
  const [first] = unset;
  return {
    code: 'config-invalid',
    message: `target.${name}.tags has ${JSON.stringify(tag)}, which is not an image reference${first === undefined ? '' : `: ${unset.length === 1 ? 'the variable' : 'one of the variables'} ${unset.join(', ')} is not set`}.`,
    hint:
      first === undefined
        ? 'Write a reference such as 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web:latest.'
        : `Set ${first} in env of the step or in the file .env, or give it a default: \${${first}:-latest}.`,
    position: { file },
  };
}

function ambiguous(file: string, subject: string, what: string, names: readonly string[]): Problem {
  return {
    code: 'config-invalid',
    message: `${subject} several ${what} of ECR: ${names.join(', ')}.`,
    hint: 'Keep one. To publish to several registries, name them in the input registries of publish.',
    position: { file },
  };
}
