import { CodedError, type Problem } from '@towpath/errors';
import { labelOf, registryKey, type RepositoryRef } from '@towpath/reference';

/** The tags that a step will set for one image. */
export interface TaggedImage {
  readonly name: string;
  readonly location: RepositoryRef;
  readonly tags: readonly string[];
}

/**
 * Checks for conflicts that depend on registries, prefixes and facts, which are known only at run time.
 *
 * @throws CodedError `config-invalid` that lists every tag that would be set twice, and every image in the repository
 * of a ledger
 */
export function requireDistinct(images: readonly TaggedImage[], ledgers: readonly RepositoryRef[]): void {
  const problems = [...ledgerProblems(images, ledgers), ...tagProblems(images)];
  if (problems.length > 0)
    throw CodedError.of(
      problems,
      (count) => `Several images have the same repository and tag: ${count} problems.`,
    );
}

function ledgerProblems(images: readonly TaggedImage[], ledgers: readonly RepositoryRef[]): Problem[] {
  const keys = new Set(ledgers.map(keyOf));
  return images
    .filter(({ location }) => keys.has(keyOf(location)))
    .map(({ name, location }) => ({
      code: 'config-invalid',
      message: `Image ${name} cannot use the repository ${labelOf(location)}: Towpath keeps its releases there.`,
      hint: `Use another repository for ${name}.`,
    }));
}

function tagProblems(images: readonly TaggedImage[]): Problem[] {
  const claims = new Map<string, { readonly label: string; readonly names: string[] }>();
  for (const { name, location, tags } of images) {
    for (const tag of tags) {
      const key = `${keyOf(location)}:${tag}`;
      const claim = claims.get(key) ?? { label: `${labelOf(location)}:${tag}`, names: [] };
      claim.names.push(name);
      claims.set(key, claim);
    }
  }
  return [...claims.values()].flatMap(({ label, names }): Problem[] => {
    if (names.length < 2) return [];
    const isOne = new Set(names).size === 1;
    return [
      {
        code: 'config-invalid',
        message: isOne
          ? `${label} would be set twice for image ${names[0] ?? ''}.`
          : `${label} would be set for several images: ${[...new Set(names)].join(', ')}.`,
        hint: isOne
          ? 'Name each registry once.'
          : 'Give each image its own repository, or put {image} into the tags: {image}-{version}.',
      },
    ];
  });
}

/** Returns a key that is equal for the same repository, with any host name of its registry. */
function keyOf({ registry, repository }: RepositoryRef): string {
  return `${registryKey(registry)}/${repository}`;
}
