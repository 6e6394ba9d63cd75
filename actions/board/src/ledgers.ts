import { forAll } from '@towpath/concurrency';
import { ledgerRepository } from '@towpath/config';
import { describeRepositories, listRepositories, type Repository } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import { surveyLedger, type LedgerSurvey } from '@towpath/ledger';
import {
  labelOf,
  registryKey,
  type EcrHost,
  type PrivateRegistry,
  type RepositoryRef,
} from '@towpath/reference';
import type { Session } from '@towpath/session';

/** A registry with the credentials to read it. */
export type RegistryAccess = EcrHost & { readonly role?: string };

/** A registry to read: one ledger, or all ledgers if it has no prefix and was given as a whole. */
export interface LedgerSource {
  readonly registry: PrivateRegistry;
  readonly role: string | undefined;
  readonly isWhole: boolean;
}

/** A ledger and its documents. */
export interface ReadLedger extends LedgerSurvey {
  readonly registry: RegistryAccess;
  /** The prefix of the repositories beside the ledger. */
  readonly prefix: string;
}

/** A registry whose repositories could not be listed, so its ledgers are not known. */
export interface UnlistedRegistry {
  readonly host: string;
  readonly problem: Problem;
}

/** The current entry, ten entries back, and one more to show what the oldest of them changed. */
const lastEntries = 12;

/** The maximum number of ledgers of one registry. */
const maxLedgers = 500;

/**
 * Reads the ledgers of all sources. A ledger that cannot be read is a result, not an error.
 *
 * @param environments the names of the environments in the configuration
 * @throws CodedError if no ledger at all could be read
 */
export async function readLedgers(
  sources: readonly LedgerSource[],
  environments: readonly string[],
  session: Session,
): Promise<{ readonly ledgers: readonly ReadLedger[]; readonly unlisted: readonly UnlistedRegistry[] }> {
  const listed = await forAll(sources, (source) => locate(source, session));
  const unlisted = listed.flatMap((one) => ('problem' in one ? [one] : []));
  const found = new Map(
    listed.flatMap((one) => ('problem' in one ? [] : one)).map((ledger) => [keyOf(ledger), ledger]),
  );
  const ledgers = await forAll(found.values(), async ({ registry, prefix, repository, settings }) => {
    const location = { registry, repository };
    const survey = await surveyLedger(session.ecr(registry), location, { last: lastEntries, environments });
    const problems = [
      ...survey.problems,
      ...(survey.state === 'read' ? describeSettings(location, settings) : []),
    ];
    return { ...survey, problems, registry, prefix };
  });
  const isAnyRead = ledgers.some(({ state }) => state === 'read');
  const problems = [...unlisted.map(({ problem }) => problem), ...ledgers.flatMap((one) => one.problems)];
  if (!isAnyRead && problems.length > 0)
    throw CodedError.of(problems, (count) => `No ledger could be read: ${count} problems.`);
  return { ledgers, unlisted };
}

interface LocatedLedger {
  readonly registry: RegistryAccess;
  readonly prefix: string;
  readonly repository: string;
  /** Undefined if the role may not read the settings. */
  readonly settings: Repository | undefined;
}

function keyOf({ registry, repository }: LocatedLedger): string {
  return `${registryKey(registry)}/${repository}`;
}

async function locate(source: LedgerSource, session: Session): Promise<LocatedLedger[] | UnlistedRegistry> {
  const { prefix, ...host } = source.registry;
  const registry = { ...host, ...(source.role !== undefined && { role: source.role }) };
  const ecr = session.ecr(registry);
  if (!source.isWhole) {
    const repository = ledgerRepository({ prefix });
    const settings = await describeRepositories(ecr, [repository]).catch(ifDenied(undefined));
    return [{ registry, prefix, repository, settings: settings?.get(repository) }];
  }
  const all = await listRepositories(ecr).catch(ifDenied(undefined));
  if (all === undefined) return { host: host.host, problem: unlistable(host.host) };
  const found = all.filter(({ name }) => name === 'towpath' || name.endsWith('/towpath'));
  if (found.length > maxLedgers)
    return {
      host: host.host,
      problem: {
        code: 'input-invalid',
        message: `The registry ${host.host} has ${found.length} ledgers, more than ${maxLedgers}.`,
        hint: 'List the prefixes to read in the input registries.',
      },
    };
  return found.map((settings) => ({
    registry,
    prefix: settings.name.slice(0, -'/towpath'.length),
    repository: settings.name,
    settings,
  }));
}

function ifDenied<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof CodedError && error.code === 'access-denied') return value;
    throw error;
  };
}

function unlistable(host: string): Problem {
  return {
    code: 'access-denied',
    message: `The repositories of ${host} cannot be listed, so its ledgers are not known.`,
    hint: `Grant ecr:DescribeRepositories on all repositories to this role, or list the prefixes in the input registries: ${host}/payroll.`,
  };
}

/** Returns what makes the entries of a ledger unreliable. */
function describeSettings(location: RepositoryRef, settings: Repository | undefined): readonly Problem[] {
  if (settings?.mutability === 'IMMUTABLE') return [];
  const label = labelOf(location);
  return settings === undefined
    ? [
        {
          code: 'access-denied',
          message: `It is not known whether the tags of ${label} are immutable.`,
          hint: `Grant ecr:DescribeRepositories on ${location.repository} to this role.`,
        },
      ]
    : [
        {
          code: 'ledger-mutable',
          message: `The tags of ${label} are ${settings.mutability}: its entries could have been replaced.`,
          hint: `Run: aws ecr put-image-tag-mutability --repository-name ${location.repository} --image-tag-mutability IMMUTABLE`,
        },
      ];
}
