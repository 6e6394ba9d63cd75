import { findBuildx, removeBuilder } from '@towpath/buildx';
import { cleaningUp } from '@towpath/docker';
import type { Runtime } from '@towpath/flow';

/** What is kept for the end of the job: the names of the builders that were made for it, separated by blanks. */
export const buildersKey = 'builders';

/** How long the builders may take to be removed, in milliseconds. */
const patience = 60_000;

/** Removes the builders that were made for this job. A job does not fail because one of them stays. */
export async function tidyUp(
  { [buildersKey]: builders = '' }: Readonly<Record<string, string>>,
  { exec, log }: Runtime,
): Promise<void> {
  const names = builders.split(' ').filter(Boolean);
  if (names.length === 0) return;
  const port = cleaningUp({ exec }, AbortSignal.timeout(patience));
  const buildx = await findBuildx(port);
  for (const name of names) {
    const reason = await removeBuilder(port, buildx, name).catch(String);
    log.info(reason === undefined ? `Builder ${name} is removed.` : `Builder ${name} stays: ${reason}`);
  }
}
