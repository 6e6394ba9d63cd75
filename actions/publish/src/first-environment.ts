import type { Config } from '@towpath/config';
import { CodedError, suggest } from '@towpath/errors';
import { buildEnvironment } from '@towpath/project';

/**
 * Returns the environment that a new version enters first: the given one, or the configuration's first. Undefined
 * if the configuration has no environments.
 *
 * @throws CodedError `input-invalid` or `promotion-skips` if no new version can enter the given environment
 */
export function firstEnvironment(
  { environments, file }: Pick<Config, 'environments' | 'file'>,
  given: string | undefined,
): string | undefined {
  const entries = environments.filter(({ from }) => from.includes(buildEnvironment)).map(({ name }) => name);
  if (given === undefined || entries.includes(given)) return given ?? entries[0];
  const environment = environments.find(({ name }) => name === given);
  if (environment === undefined)
    throw new CodedError(
      'input-invalid',
      `Input environment is ${JSON.stringify(given)}, but ${file} has no environment of that name.`,
      { hint: suggest(given, entries) },
    );
  throw new CodedError(
    'promotion-skips',
    `Input environment is ${JSON.stringify(given)}, but in ${file} that environment comes from ${environment.from.join(', ')}, not from build.`,
    { hint: `Set environment: ${entries[0] ?? buildEnvironment}, and promote to ${given} afterwards.` },
  );
}
