import { findBuildx, removeBuilder } from '@towpath/buildx';
import { cleaningUp } from '@towpath/docker';
import type { Runtime } from '@towpath/flow';
import { forgetBegun } from '../proxy/forget-password.ts';

/** What is kept for the end of the job: the names of the builders that were made for it, separated by blanks. */
export const buildersKey = 'builders';

/** How long the builders may take to be removed, in milliseconds. */
const patience = 60_000;

/** What is kept while builds have a password in the address of their proxy: how to find their records. Else empty. */
export const begunKey = 'begun-builds';

/** Removes what this step has left with builders, and the builders that were made for it. Never fails the job. */
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
    log.info(reason === undefined ? `Builder ${name} is removed.` : `Builder ${name} stays: ${reason}`);
  }
}
