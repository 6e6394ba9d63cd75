import type { Config } from '@towpath/config';
import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { ledgerOf } from '@towpath/ledger';
import { Locations, openProject } from '@towpath/project';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { join, resolve } from 'node:path';
import type { ConfiguredEnvironment } from './configured-environment.ts';
import type { BoardInputs } from './inputs.ts';
import { readLedgers, type LedgerSource, type ReadLedger, type UnlistedRegistry } from './ledgers.ts';
import { readRuntimes, type RuntimeReading } from './runtimes.ts';
import { observeLifecycles, type LifecycleObservations } from './lifecycles.ts';
import { gatherQuestions, observeRepositories, type Observations } from './observe.ts';
import { observeVerdicts, type CurrentVerdicts } from './verdicts.ts';

export interface BoardFacts {
  /** The time at which the reading began. */
  readonly read: Date;
  readonly ledgers: readonly ReadLedger[];
  readonly unlisted: readonly UnlistedRegistry[];
  /** In promotion order. Empty without a configuration. */
  readonly environments: readonly ConfiguredEnvironment[];
  readonly observations: Observations;
  readonly lifecycles: LifecycleObservations;
  /** Undefined unless the input `observe` has `gate`. */
  readonly verdicts: CurrentVerdicts | undefined;
  /** The values of the input `runtime`. Empty by default. */
  readonly runtimes: readonly RuntimeReading[];
  /** The requests to AWS. */
  readonly calls: number;
  /** The absolute path of the folder for the files. */
  readonly folder: string;
}

/** Reads the ledgers, and observes the repositories of the images in their newest entries. */
export async function facts(inputs: BoardInputs, session: Session, runtime: Runtime): Promise<BoardFacts> {
  const read = runtime.clock.now();
  const config = await findConfig(inputs, runtime);
  const configured = config === undefined ? nothing : await locateEnvironments(config, session);
  const sources = inputs.registries.map(({ registry, role }): LedgerSource => ({
    registry,
    role,
    isWhole: registry.prefix === '',
  }));
  const { ledgers, unlisted } = await readLedgers(
    sources.length > 0 ? sources : configured.sources,
    configured.environments.map(({ name }) => name),
    session,
  );
  const runtimes = await readRuntimes(ledgers, inputs, session);
  const questions = gatherQuestions(ledgers, configured.environments);
  const observations = await observeRepositories(questions, inputs, session);
  const lifecycles = await observeLifecycles(questions, inputs, read, session);
  const verdicts = await observeVerdicts(ledgers, configured.environments, inputs, session, runtime);
  return {
    read,
    ledgers,
    runtimes,
    unlisted,
    environments: configured.environments,
    observations,
    lifecycles,
    verdicts,
    calls: session.calls,
    folder:
      inputs.folder === undefined ? join(runtime.temp, 'board') : resolve(runtime.workspace, inputs.folder),
  };
}

/**
 * Returns the configuration of the workspace; undefined without a configuration, if the input `registries` is set.
 *
 * @throws CodedError `config-missing` if neither is given
 */
async function findConfig(inputs: BoardInputs, runtime: Runtime): Promise<Config | undefined> {
  const { config, region, dryRun, planOut, registries } = inputs;
  const isNeeded = registries.length === 0 || config !== undefined;
  try {
    const project = await openProject({ config, region, dryRun, planOut, only: [] }, runtime);
    return project.config.isBare === true && !isNeeded ? undefined : project.config;
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'config-missing') throw error;
    if (!isNeeded) return undefined;
    throw new CodedError(
      'config-missing',
      `There is no configuration, and no input registries. ${error.message}`,
      {
        hint: 'Set the input registries, for example 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll. Or run actions/checkout in a step before this one.',
        cause: error,
      },
    );
  }
}

/** The environments of the configuration and the ledgers of their registries. */
interface Located {
  readonly environments: readonly ConfiguredEnvironment[];
  readonly sources: readonly LedgerSource[];
}

const nothing: Located = { environments: [], sources: [] };

async function locateEnvironments(config: Config, session: Session): Promise<Located> {
  const locations = new Locations(config, session);
  const located = await forAll(locations.environments, async (one) => {
    const { name, from, soak, tags, gate = config.gate } = one;
    const { role, ...registry } = await locations.environmentRegistry(one);
    // Registries of Amazon ECR Public have no ledger.
    if (registry.kind === 'public') return [];
    const imageCount = config.images.length;
    const environment = { name, from, soak, tags, gate, imageCount, ledger: labelOf(ledgerOf(registry)) };
    return [{ environment, source: { registry, role, isWhole: false } }];
  });
  return {
    environments: located.flat().map(({ environment }) => environment),
    sources: located.flat().map(({ source }) => source),
  };
}
