import {
  findBuildx,
  hasBuildRecords,
  isMadeForJob,
  pruneUnreferenced,
  removeBuildRecords,
  type Builder,
} from '@towpath/buildx';
import { forAll } from '@towpath/concurrency';
import { cleaningUp, withVariables } from '@towpath/docker';
import type { Annotation, Runtime } from '@towpath/flow';
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/** Builds whose steps used the proxy of the run. */
export interface ProxiedBuilds {
  readonly builder: Pick<Builder, 'name' | 'names' | 'driver' | 'buildx'>;
  /** Proxy addresses with a password. Addresses without one need no cleanup. */
  readonly addresses: readonly string[];
  /** The number of builds that were started. */
  readonly builds: number;
  readonly began: Date;
}

/** In milliseconds. A runner kills a cancelled step 7.5 seconds after the first signal. */
const patience = { cancelled: 4_000, ended: 60_000 };

/** The result of the cleanup after builds with a password in their proxy address. */
export interface Left {
  /** Whether the builder had records of the builds. Records leave traces on its disk. */
  readonly recorded: boolean;
  /** Why records could not be removed. */
  readonly reason?: string;
}

/**
 * Removes the builder's records of builds that had a password in their proxy address, also after a cancelled run. A
 * builder is often shared, and shows the args of its builds to all of its users.
 *
 * @param env variables for buildx, added to the Runtime's environment
 */
export async function forgetPassword(
  { builder: { names, buildx }, addresses, builds, began }: ProxiedBuilds,
  runtime: Pick<Runtime, 'exec' | 'signal'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Left> {
  if (addresses.length === 0) return { recorded: false };
  const isCancelled = runtime.signal.aborted;
  const until = AbortSignal.timeout(isCancelled ? patience.cancelled : patience.ended);
  const port = cleaningUp(withVariables(runtime, env), until);
  const cancelled = isCancelled ? { builds: Math.ceil(builds / names.length), until } : undefined;
  try {
    const left = await forAll(names, async (name): Promise<Left> => {
      const builder = { name, buildx };
      // The record of a cancelled build may appear later.
      const recorded = isCancelled || (await hasBuildRecords(port, builder, began));
      const reason =
        (await removeBuildRecords(port, builder, addresses, began, cancelled)) ??
        (await pruneUnreferenced(port, builder));
      return { recorded, ...(reason !== undefined && { reason }) };
    });
    const { reason } = left.find((one) => one.reason !== undefined) ?? {};
    return { recorded: left.some((one) => one.recorded), ...(reason !== undefined && { reason }) };
  } catch (error) {
    if (error === until.reason) return { recorded: true, reason: 'buildx did not finish in time.' };
    // The result of the build is more important than a failed cleanup.
    return { recorded: true, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Builds whose step may be killed before it removes their records. */
interface Begun {
  readonly builders: readonly string[];
  readonly builds: number;
  readonly began: string;
  readonly salt: string;
  /** Hashes of the addresses. They are compared with the values of the build args. */
  readonly hashes: readonly string[];
}

/** The variable that identifies the processes of a step after the step was killed. */
const mark = 'TOWPATH_BUILDS';

/**
 * Describes builds before they start, so that a post step can clean up after a killed step.
 *
 * @returns the state for the post step, without secrets, and a variable for the environment of the build processes.
 * Both are empty without a password.
 */
export function describeBegun({ builder: { names }, addresses, builds, began }: ProxiedBuilds): {
  readonly state: string;
  readonly env: Readonly<Record<string, string>>;
} {
  if (addresses.length === 0) return { state: '', env: {} };
  const salt = randomUUID();
  const hashes = addresses.map((address) => hashOf(salt, address));
  const begun: Begun = { builders: names, builds, began: began.toISOString(), salt, hashes };
  return { state: JSON.stringify(begun), env: { [mark]: salt } };
}

/**
 * Removes the records of builds whose step was killed.
 *
 * @param begun from {@link describeBegun}
 */
export async function forgetBegun(
  begun: string,
  { exec, log }: Pick<Runtime, 'exec' | 'log'>,
): Promise<void> {
  const { builders, builds, began, salt, hashes } = JSON.parse(begun) as Begun;
  const known = new Set(hashes);
  await endMarked(`${mark}=${salt}`, exec);
  const buildx = await findBuildx({ exec });
  for (const name of builders) {
    const builder = { name, buildx };
    const cancelled = { builds, until: AbortSignal.timeout(patience.cancelled) };
    const isSecret = (value: string) => known.has(hashOf(salt, value));
    const reason =
      (await removeBuildRecords({ exec }, builder, isSecret, new Date(began), cancelled)) ??
      (await pruneUnreferenced({ exec }, builder));
    log.info(
      reason === undefined
        ? `The records of interrupted builds are removed from builder ${name}.`
        : `Builder ${name} may keep records of interrupted builds, with the password of the proxy: ${reason}`,
    );
  }
}

/** Ends processes that outlived their step. BuildKit writes the record of a build only after the build has ended. */
async function endMarked(variable: string, exec: Runtime['exec']): Promise<void> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const marked = await forAll(pids, async (pid) => {
    // Processes of other users cannot be read, and some may have ended since.
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    return environment.split('\0').includes(variable) ? [pid] : [];
  });
  const found = marked.flat();
  if (found.length > 0) await exec('kill', ['-s', 'TERM', ...found]);
}

function hashOf(salt: string, address: string): string {
  return createHash('sha256').update(`${salt} ${address}`).digest('hex');
}

/** Returns a warning if a password remains in the builder's records or on its disk. */
export function annotateKept(
  { builder: { name, names, driver }, addresses }: Pick<ProxiedBuilds, 'builder' | 'addresses'>,
  { recorded, reason }: Left,
): readonly Annotation[] {
  if (addresses.length === 0) return [];
  const all = names.join(', ');
  const cure =
    'set maxEntries = 0 under [history] in the builder’s buildkitd.toml, let build create a builder for the job (input driver-opts), or use a proxy without a password.';
  const warning = (message: string): readonly Annotation[] => [{ level: 'warning', title: 'proxy', message }];
  if (reason !== undefined)
    return warning(
      `The builder ${all} keeps records of these builds, with the password of the proxy: ${reason} Remove them with docker buildx history rm, or ${cure}`,
    );
  if (!recorded || isMadeForJob(name, driver)) return [];
  return warning(
    `The disk of the builder ${all} may still hold the password of the proxy: the records of these builds are removed, but BuildKit deletes provenance and overwrites its database (history.db) later. To avoid this, ${cure}`,
  );
}
