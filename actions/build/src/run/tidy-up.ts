import { findBuildx, removeBuilder } from '@towpath/buildx';
import type { Runtime } from '@towpath/flow';

/** What is kept for the end of the job: the names of the builders that were made for it, separated by blanks. */
export const buildersKey = 'builders';

/** Removes the builders that were made for this job. A job does not fail because one of them stays. */
export async function tidyUp(
  { [buildersKey]: builders = '' }: Readonly<Record<string, string>>,
  { exec, log }: Runtime,
): Promise<void> {
  const names = builders.split(' ').filter(Boolean);
  if (names.length === 0) return;
  const buildx = await findBuildx({ exec });
  for (const name of names) {
    const reason = await removeBuilder({ exec }, buildx, name);
    log.info(reason === undefined ? `Builder ${name} is removed.` : `Builder ${name} stays: ${reason}`);
  }
}
