import { environmentRepository, imageRepository, type EnvironmentConfig } from '@towpath/config';
import { describeRepositories } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Locations } from '@towpath/project';
import type { RepositoryRef } from '@towpath/reference';
import { unconfigured } from './find-version.ts';
import { isBesideLedger, readHistories, type History, type HistoryQuestion } from './histories.ts';
import { ledgerOf, requireImmutable, type Ledger } from './ledger.ts';

/** The ledger of an environment's registry, with the last entries of the environment. */
export interface EnvironmentLedger {
  readonly location: RepositoryRef;
  /**
   * - `kept`: it exists and was read.
   * - `absent`: its repository does not exist.
   * - `unreadable`: the role may not read it, and there is nothing that it would decide.
   * - `off`: the configuration turns it off, or the registry is public.
   */
  readonly state: Ledger['state'];
  /** The newest first. Empty unless the ledger is `kept`. */
  readonly history: History;
}

/** Returns the ledger of an environment's registry. It is beside the repositories of the images. */
async function environmentLedger(
  locations: Locations,
  environment: EnvironmentConfig,
): Promise<RepositoryRef> {
  return ledgerOf(await locations.environmentRegistry(environment));
}

/**
 * Reads the last entries of an environment from the ledger of its registry.
 *
 * @param last how many entries to read. Default: 1
 * @param isOptional whether a ledger that the credentials of the job may not read is no error, because ECR also denies
 * access to a repository of another account that does not exist
 * @throws CodedError `access-denied` if the role may not read it; `ledger-mutable`, `entry-invalid`
 */
export async function openEnvironment(
  locations: Locations,
  environment: EnvironmentConfig,
  { last, isOptional = false }: { readonly last?: number; readonly isOptional?: boolean } = {},
): Promise<EnvironmentLedger> {
  const location = await environmentLedger(locations, environment);
  const { name } = environment;
  const without = (state: Ledger['state']): EnvironmentLedger => ({ location, state, history: [] });
  if (locations.ledgerMode === 'off' || location.registry.kind === 'public') return without('off');
  try {
    const isOwn = await environmentOwnership(locations, environment, location);
    const question = { environments: [name], last, isOwn };
    const histories = await readHistories(locations.session, location, question);
    if (histories === undefined) return without('absent');
    const ecr = locations.session.ecr(location.registry);
    const settings = await describeRepositories(ecr, [location.repository]);
    requireImmutable(location, settings.get(location.repository));
    return { location, state: 'kept', history: histories.get(name) ?? [] };
  } catch (error) {
    const isDenied = error instanceof CodedError && error.code === 'access-denied';
    const mayBeAbsent = isOptional && location.registry.role === undefined;
    if (isDenied && (mayBeAbsent || locations.ledgerMode === 'if-readable')) return without('unreadable');
    throw error;
  }
}

/** Returns whether an environment's image may be in a repository: under the prefix, or where it is configured. */
async function environmentOwnership(
  locations: Locations,
  environment: EnvironmentConfig,
  ledger: RepositoryRef,
): Promise<NonNullable<HistoryQuestion['isOwn']>> {
  const registry = await locations.registry();
  return ({ name, repository }) => {
    if (repository === ledger.repository) return false;
    if (isBesideLedger({ repository }, ledger)) return true;
    const image = locations.images.find((one) => one.name === name) ?? unconfigured(name);
    return repository === environmentRepository(environment, image, imageRepository(image, registry));
  };
}
