import { isMadeForJob, pruneUnreferenced, removeBuildRecords, type Builder } from '@towpath/buildx';
import { forAll } from '@towpath/concurrency';
import { cleaningUp, withVariables } from '@towpath/docker';
import type { Annotation, Runtime } from '@towpath/flow';

/** Builds whose steps had the proxy of the run. */
export interface ProxiedBuilds {
  readonly builder: Pick<Builder, 'name' | 'names' | 'driver' | 'buildx'>;
  /** Of the proxy, with a password; those without have nothing to hide. */
  readonly addresses: readonly string[];
  /** How many builds were started. */
  readonly builds: number;
  readonly began: Date;
}

/** In milliseconds. A runner kills a cancelled step 7.5 seconds after it asked it to end. */
const patience = { cancelled: 4_000, ended: 60_000 };

/**
 * Removes what the builder keeps of builds that had a password in the address of their proxy: a builder is often shared,
 * and shows the args of its builds to everyone who uses it. Also after the run was cancelled.
 *
 * @param env what buildx needs beside the Runtime's environment
 * @returns why something is left
 */
export async function forgetPassword(
  { builder: { names, buildx }, addresses, builds, began }: ProxiedBuilds,
  runtime: Pick<Runtime, 'exec' | 'signal'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (addresses.length === 0) return undefined;
  const isCancelled = runtime.signal.aborted;
  const until = AbortSignal.timeout(isCancelled ? patience.cancelled : patience.ended);
  const port = cleaningUp(withVariables(runtime, env), until);
  const cancelled = isCancelled ? { builds: Math.ceil(builds / names.length), until } : undefined;
  try {
    const reasons = await forAll(names, async (name) => {
      const builder = { name, buildx };
      const left = await removeBuildRecords(port, builder, addresses, began, cancelled);
      return left ?? (await pruneUnreferenced(port, builder));
    });
    return reasons.find((reason) => reason !== undefined);
  } catch (error) {
    if (error === until.reason) return 'buildx did not finish in time.';
    // What was built, or why it was not, counts for more than this.
    return error instanceof Error ? error.message : String(error);
  }
}

/** What of a password stays on the disk of a builder. */
export function annotateKept(
  { builder: { name, names, driver }, addresses }: Pick<ProxiedBuilds, 'builder' | 'addresses'>,
  reason: string | undefined,
): readonly Annotation[] {
  if (addresses.length === 0) return [];
  const all = names.join(', ');
  const cure = 'let build make a builder for the job (input driver-opts), or use a proxy without a password.';
  const warning = (message: string): readonly Annotation[] => [{ level: 'warning', title: 'proxy', message }];
  if (reason !== undefined)
    return warning(
      `The builder ${all} keeps records of these builds, with the password of the proxy: ${reason} Remove them with docker buildx history rm, or ${cure}`,
    );
  if (isMadeForJob(name, driver)) return [];
  return warning(
    `The disk of the builder ${all} may still hold the password of the proxy: the records of these builds are removed, but BuildKit deletes provenance and overwrites its database (history.db) later. To leave nothing, ${cure}`,
  );
}
