import type { Annotation, Journal, Runtime } from '@towpath/flow';
import { entryTag, type EnvironmentEntry } from '@towpath/ledger';
import type { PromoteSession } from './session.ts';

/**
 * Creates a deployment at the code host, if the step has a token. The promotion has happened already, so a failure
 * changes nothing about it.
 *
 * @returns what the reader must know, e.g. that the token may not create deployments
 */
export async function createDeployment(
  entry: EnvironmentEntry,
  isRecorded: boolean,
  { token, environmentUrl }: Pick<PromoteSession, 'token' | 'environmentUrl'>,
  { codeHost, log, signal }: Runtime,
  journal: Journal,
): Promise<readonly Annotation[]> {
  if (token === undefined) return [];
  const failed = (level: Annotation['level'], why: string): readonly Annotation[] => [
    { level, message: `No deployment was created. ${why}` },
  ];
  const { environment, number, version, from, kind, run, source } = entry;
  if (codeHost === undefined) return failed('notice', 'The run has no code host.');
  if (source.revision === undefined) return failed('notice', 'The commit of the run is unknown.');
  const how = kind === 'rollback' ? `Rolled back to ${version}` : `Promoted ${version} from ${from ?? ''}`;
  try {
    const result = await codeHost.deployment(token, {
      marker: isRecorded ? entryTag(environment, number) : `${environment} ${version} ${run ?? ''}`,
      environment,
      ref: source.revision,
      description: how,
      ...(run !== undefined && { page: run }),
      ...(environmentUrl !== undefined && { url: environmentUrl }),
    });
    if (result.kind === 'refused') return failed('notice', result.why);
    journal.wrote(`deployment of ${environment}`);
    log.info(`The deployment of ${environment} is ${result.kind}.`);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    return failed('warning', error instanceof Error ? error.message : String(error));
  }
}
