import { forAll } from '@towpath/concurrency';
import { lastLine, type BuildPort } from '@towpath/docker';
import type { Builder } from './builder.ts';
import { setTimeout } from 'node:timers/promises';

/** A line of `buildx history ls --format json`. */
interface Listed {
  /** `builder/node/id`. */
  readonly ref: string;
  readonly created_at: string;
}

/** The part of `buildx history inspect --format json` that is used here. Empty fields are omitted. */
interface BuildRecord {
  readonly BuildArgs?: readonly { readonly Value?: string }[] | null;
  /** `running`, `completed`, `error` or `canceled`. */
  readonly Status?: string;
}

/** The maximum difference between the clocks of this machine and a remote builder, in milliseconds. */
const skew = 10 * 60_000;

/** The pause between two checks for records of cancelled builds, in milliseconds. */
const pause = 400;

/** How many records are read at a time: each takes a program of its own. */
const concurrency = 8;

/** Cancelled builds. BuildKit writes their records when their steps have ended. */
export interface Cancelled {
  /** The number of started builds. Some of them may have no record. */
  readonly builds: number;
  /** Ends the wait for records. */
  readonly until: AbortSignal;
}

/**
 * Removes build records with a secret in their build args. BuildKit keeps a record of every build with the values of all
 * args, and shows it to every user of the builder.
 *
 * @param since the start of the first build
 * @param cancelled the builds that may not have ended yet
 * @returns the error if records may be left
 */
export async function removeBuildRecords(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[],
  since: Date,
  cancelled?: Cancelled,
): Promise<string | undefined> {
  const removed = new Set<string>();
  for (;;) {
    const refusal = await removeOnce(port, builder, secrets, since, removed);
    const isDone = cancelled === undefined || removed.size >= cancelled.builds || cancelled.until.aborted;
    if (isDone) return refusal;
    await setTimeout(pause);
  }
}

/**
 * Deletes unreferenced content from BuildKit: the attestations of removed build records. The filter's age limit of 10
 * years keeps all caches.
 *
 * @returns the error if it fails
 */
export async function pruneUnreferenced(
  { exec }: BuildPort,
  { name, buildx }: Pick<Builder, 'name' | 'buildx'>,
): Promise<string | undefined> {
  const args = [...buildx.args, 'prune', '--force', '--filter=until=87600h', `--builder=${name}`];
  const { exitCode, stderr } = await exec(buildx.program, args);
  return exitCode === 0 ? undefined : lastLine(stderr);
}

async function removeOnce(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[],
  since: Date,
  removed: Set<string>,
): Promise<string | undefined> {
  const list = await runHistory(port, builder, ['ls', '--format=json', '--no-trunc']);
  if ('refusal' in list) return list.refusal;
  const ids = parseLines(list.text)
    .filter((record) => Date.parse(record.created_at) >= since.getTime() - skew)
    .map(({ ref }) => ref.slice(ref.lastIndexOf('/') + 1));
  const remove = (id: string) => removeRecord(port, builder, secrets, id, removed);
  const refusals = await forAll(ids, remove, { limit: concurrency });
  return refusals.find((refusal) => refusal !== undefined);
}

/** @returns the error if the record may be left */
async function removeRecord(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[],
  id: string,
  removed: Set<string>,
): Promise<string | undefined> {
  const shown = await runHistory(port, builder, ['inspect', '--format=json', id]);
  if ('refusal' in shown) return shown.refusal;
  const { BuildArgs, Status } = JSON.parse(shown.text) as BuildRecord;
  const holdsSecret = (value: string) => secrets.some((secret) => value.includes(secret));
  if (!(BuildArgs ?? []).some(({ Value = '' }) => holdsSecret(Value))) return undefined;
  // BuildKit writes the record of a running build again when it ends.
  if (Status === 'running') return undefined;
  const removal = await runHistory(port, builder, ['rm', id]);
  if ('refusal' in removal) return removal.refusal;
  removed.add(id);
  return undefined;
}

async function runHistory(
  { exec }: BuildPort,
  { name, buildx }: Pick<Builder, 'name' | 'buildx'>,
  args: readonly string[],
): Promise<{ readonly text: string } | { readonly refusal: string }> {
  const command = [...buildx.args, 'history', ...args, `--builder=${name}`];
  const { exitCode, stdout, stderr } = await exec(buildx.program, command);
  return exitCode === 0 ? { text: stdout } : { refusal: lastLine(stderr) };
}

function parseLines(text: string): readonly Listed[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => JSON.parse(line) as Listed);
}
