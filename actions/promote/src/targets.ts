import { forAll } from '@towpath/concurrency';
import type { EnvironmentConfig, ImageConfig } from '@towpath/config';
import { createRepositoryCommand, describeRepositories, type Repository } from '@towpath/ecr';
import { CodedError, OutsideError, type Problem } from '@towpath/errors';
import type { FoundImage } from '@towpath/ledger';
import type { Locations } from '@towpath/project';
import { labelOf, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';

/** The settings of repositories by name. */
export type Settings = ReadonlyMap<string, Repository>;

/**
 * Reads the settings of the repositories that a promotion of these images needs, while their images are looked up. A
 * failure is reported when the settings are needed.
 */
export async function describeAhead(
  images: readonly ImageConfig[],
  target: EnvironmentConfig,
  locations: Locations,
): Promise<Settings> {
  try {
    const targets = await forAll(images, (image) => locations.locate(image, target));
    const [first] = targets;
    if (first === undefined) return new Map();
    const names = targets.map(({ repository }) => repository);
    return await describeRepositories(locations.session.ecr(first.registry), names);
  } catch (error) {
    if (error instanceof CodedError) return new Map();
    throw error;
  }
}

/**
 * Reads the settings of the target repositories that are not known yet, in one call.
 *
 * @returns in the order of the targets
 * @throws CodedError `repository-missing` that lists every repository to create and the command
 */
export async function describeTargets(
  found: readonly FoundImage[],
  targets: readonly RepositoryRef[],
  { name: environment }: EnvironmentConfig,
  session: Session,
  known: Settings,
): Promise<readonly (Repository | undefined)[]> {
  const [first] = targets;
  if (first === undefined) return [];
  const names = targets.map(({ repository }) => repository);
  const unknown = names.filter((name) => !known.has(name));
  const read = await describeRepositories(session.ecr(first.registry), unknown).catch((error: unknown) => {
    throw asDenied(error, targets, environment);
  });
  const settings = new Map([...known, ...read]);
  const problems = targets.flatMap((target, index): Problem[] => {
    if (settings.has(target.repository)) return [];
    const name = found[index]?.image.name ?? '';
    const message = `The repository ${labelOf(target)} of image ${name} in ${environment} does not exist.`;
    return [{ code: 'repository-missing', message, hint: creation(target) }];
  });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} repositories of ${environment} do not exist.`);
  return names.map((one) => settings.get(one));
}

/**
 * Explains an error in another account: ECR denies access to a missing repository, just as to one whose policy
 * does not name the role.
 */
function asDenied(error: unknown, targets: readonly RepositoryRef[], environment: string): unknown {
  if (!(error instanceof OutsideError) || error.code !== 'access-denied') return error;
  const [first] = targets;
  const account = first?.registry.kind === 'private' ? first.registry.account : 'of the registry';
  return new CodedError(
    'access-denied',
    `The repositories of ${environment} cannot be read: ${error.message}`,
    {
      hint: `In account ${account}, check that ${targets.map(({ repository }) => repository).join(', ')} exist and that their policies allow this role (docs/permissions.md). ${first === undefined ? '' : creation(first)}`,
      cause: error,
    },
  );
}

function creation({ registry, repository }: RepositoryRef): string {
  const command = createRepositoryCommand(registry, repository);
  return registry.kind === 'public'
    ? `To create it, run: ${command}`
    : `To create it, run with credentials of account ${registry.account}: ${command}`;
}
