import {
  BatchGetRepositoryScanningConfigurationCommand,
  GetRegistryScanningConfigurationCommand,
} from '@aws-sdk/client-ecr';
import { forAll, waitForAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import type { Aws, PrivateEcr } from './aws.ts';
import { call } from './call.ts';
import { chunks } from './chunks.ts';

/**
 * The scan type of a registry. `unknown` for a registry of another account, because ECR reports only the caller's own,
 * and if the role may not read it.
 */
export type ScanMode = 'basic' | 'enhanced' | 'unknown';

/** How ECR scans the images of some repositories. */
export interface ScanSettings {
  readonly mode: ScanMode;
  /**
   * When ECR scans a repository, by its name: `SCAN_ON_PUSH`, `CONTINUOUS_SCAN` or `MANUAL`. A repository has no entry
   * if that is unknown.
   */
  readonly frequencies: ReadonlyMap<string, string>;
  /** The errors of the calls that the role may not make. */
  readonly denied: readonly CodedError[];
}

/** The maximum number of names in BatchGetRepositoryScanningConfiguration (ECR API). */
const batchSize = 25;

/**
 * Reads how the registry scans repositories, in one call and one more for 25 repositories. Makes neither for a registry
 * of another account.
 *
 * @throws CodedError, but not for a missing permission
 */
export async function scanSettings(
  aws: Aws,
  registry: PrivateEcr,
  repositories: readonly string[],
): Promise<ScanSettings> {
  const own = await aws.callerHost(registry.region);
  if (!own.startsWith(`${registry.account}.`)) return { mode: 'unknown', frequencies: new Map(), denied: [] };
  const denied: CodedError[] = [];
  const optional = async <T>(reading: Promise<T>, fallback: T): Promise<T> => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'access-denied') throw error;
      denied.push(error);
      return fallback;
    }
  };
  const batches = forAll(chunks([...new Set(repositories)], batchSize), (batch) =>
    frequenciesOf(registry, batch),
  );
  const [mode, frequencies] = await waitForAll([
    optional<ScanMode>(modeOf(registry), 'unknown'),
    optional(batches, []),
  ]);
  return { mode, frequencies: new Map(frequencies.flat()), denied };
}

async function modeOf({ client, host }: PrivateEcr): Promise<ScanMode> {
  const { scanningConfiguration } = await call(
    { operation: 'ecr:GetRegistryScanningConfiguration', subject: host },
    () => client.send(new GetRegistryScanningConfigurationCommand({})),
  );
  return scanningConfiguration?.scanType === 'ENHANCED' ? 'enhanced' : 'basic';
}

async function frequenciesOf(
  { client, host }: PrivateEcr,
  repositories: readonly string[],
): Promise<(readonly [string, string])[]> {
  const what = {
    operation: 'ecr:BatchGetRepositoryScanningConfiguration',
    subject: `${repositories.join(', ')} in ${host}`,
  };
  const command = new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: [...repositories] });
  const { scanningConfigurations = [] } = await call(what, () => client.send(command));
  return scanningConfigurations.flatMap(({ repositoryName, scanFrequency }) =>
    repositoryName === undefined || scanFrequency === undefined
      ? []
      : [[repositoryName, scanFrequency] as const],
  );
}
