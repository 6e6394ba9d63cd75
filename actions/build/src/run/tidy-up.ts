import { findBuildx, removeBuilder } from '@towpath/buildx';
import { cleaningUp } from '@towpath/docker';
import type { Runtime } from '@towpath/flow';
import { forgetBegun } from '../proxy/forget-password.ts';

/** The state key for the names of the builders that were created for the job, separated by spaces. */
export const buildersKey = 'builders';

/** The maximum time to remove the builders, in milliseconds. */
const patience = 60_000;

/**
 * The state key for finding the records of builds with a password in their proxy address. Empty if there are none.
 */
export const begunKey = 'begun-builds';

/** Removes the builders that were created for the job and the records of this step. Never fails the job. */
export async function tidyUp(
  { [buildersKey]: builders = '', [begunKey]: begun = '' }: Readonly<Record<string, string>>,
  runtime: Runtime,
): Promise<void> {
  const { exec, log } = runtime;
  const names = builders.split(' ').filter(Boolean);
  if (begun !== '')
    await forgetBegun(begun, runtime).catch((error: unknown) => {
      log.info(`The records of interrupted builds could not be removed: ${String(error)}`);
    });
  if (names.length === 0) return;
  const port = cleaningUp({ exec }, AbortSignal.timeout(patience));
  const buildx = await findBuildx(port);
  for (const name of names) {
    const reason = await removeBuilder(port, buildx, name).catch(String);
    log.info(
      reason === undefined
        ? `Builder ${name} was removed.`
        : `Builder ${name} could not be removed: ${reason}`,
    );
  }
}
