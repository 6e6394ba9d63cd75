import { forAll } from '@towpath/concurrency';
import { lastLine, parseOutput, type BuildPort } from '@towpath/docker';
import type { Builder } from './builder.ts';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';

/** A line of `buildx history ls --format json`. */
const listed = z.object({
  /** `builder/node/id`. */
  ref: z.string(),
  created_at: z.string().refine((time) => !Number.isNaN(Date.parse(time))),
});

type Listed = z.output<typeof listed>;

/** The output of `buildx history inspect --format json`: `running`, `completed`, `error` or `canceled`, and the rest. */
const buildRecord = z.looseObject({ Status: z.string() });

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
  const records = parseLines(list.text);
  if (records === undefined) return 'buildx history ls printed an unknown format.';
  const ids = records
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
  const record = parseOutput(shown.text, buildRecord);
  if (record === undefined) return 'buildx history inspect printed an unknown format.';
  // The values of build args, and whatever else buildx may print of them.
  const text = JSON.stringify(record);
  if (!secrets.some((secret) => text.includes(JSON.stringify(secret).slice(1, -1)))) return undefined;
  // BuildKit writes the record of a running build again when it ends.
  if (record.Status === 'running') return undefined;
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

function parseLines(text: string): readonly Listed[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const records = lines.flatMap((line) => parseOutput(line, listed) ?? []);
  return records.length === lines.length ? records : undefined;
}
