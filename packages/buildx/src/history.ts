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

/** Whether the value of a build arg contains a secret. */
export type SecretTest = (value: string) => boolean;

/**
 * Whether a builder has records of builds since a time. BuildKit writes none if its configuration sets `maxEntries = 0`
 * in `[history]` (BuildKit 0.33, buildkitd.toml).
 *
 * @param since the start of the first build
 * @returns true if the builder does not report them
 */
export async function hasBuildRecords(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  since: Date,
): Promise<boolean> {
  const list = await runHistory(port, builder, ['ls', '--format=json', '--no-trunc']);
  if ('refusal' in list) return true;
  return parseLines(list.text)?.some((record) => isSince(record, since)) ?? true;
}

/**
 * Removes build records with a secret in their build args. BuildKit keeps a record of every build with the values of all
 * args, and shows it to every user of the builder. Removes older records of this kind too if they look like ours: a run
 * that was killed leaves its records to the next one.
 *
 * @param secrets texts, or a test of values
 * @param since the start of the first build
 * @param cancelled the builds that may not have ended yet
 * @returns the error if records may be left
 */
export async function removeBuildRecords(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[] | SecretTest,
  since: Date,
  cancelled?: Cancelled,
): Promise<string | undefined> {
  const removed = new Set<string>();
  const isSecret: SecretTest =
    typeof secrets === 'function' ? secrets : (value) => secrets.some((secret) => value.includes(secret));
  const question = { port, builder, isSecret, since, removed, ownOnly: cancelled !== undefined };
  for (;;) {
    const refusal = await removeOnce(question);
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

interface Removal {
  readonly port: BuildPort;
  readonly builder: Pick<Builder, 'name' | 'buildx'>;
  readonly isSecret: SecretTest;
  readonly since: Date;
  /** The ids of removed records. */
  readonly removed: Set<string>;
  /** Whether older records stay: a cancelled step has little time. */
  readonly ownOnly: boolean;
}

async function removeOnce(removal: Removal): Promise<string | undefined> {
  const { port, builder, since, ownOnly } = removal;
  const list = await runHistory(port, builder, ['ls', '--format=json', '--no-trunc']);
  if ('refusal' in list) return list.refusal;
  const listed = parseLines(list.text);
  if (listed === undefined) return 'buildx history ls printed an unknown format.';
  const records = listed.filter((record) => !ownOnly || isSince(record, since));
  const refusals = await forAll(records, (record) => removeRecord(record, removal), { limit: concurrency });
  return refusals.find((refusal) => refusal !== undefined);
}

/** @returns the error if a record of these builds may be left */
async function removeRecord(
  record: Listed,
  { port, builder, isSecret, since, removed }: Removal,
): Promise<string | undefined> {
  const id = record.ref.slice(record.ref.lastIndexOf('/') + 1);
  const isOld = !isSince(record, since);
  const shown = await runHistory(port, builder, ['inspect', '--format=json', id]);
  if ('refusal' in shown) return isOld ? undefined : shown.refusal;
  const inspected = parseOutput(shown.text, buildRecord);
  if (inspected === undefined) return isOld ? undefined : 'buildx history inspect printed an unknown format.';
  // The values of build args, and whatever else buildx may print of them.
  const texts = textsIn(inspected);
  if (!texts.some(isSecret)) return undefined;
  // Every build of ours has this arg.
  if (isOld && !texts.includes('SOURCE_DATE_EPOCH')) return undefined;
  // BuildKit writes the record of a running build again when it ends.
  if (inspected.Status === 'running') return undefined;
  const removal = await runHistory(port, builder, ['rm', id]);
  if ('refusal' in removal) return isOld ? undefined : removal.refusal;
  removed.add(id);
  return undefined;
}

/** Returns all texts in a JSON value. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

function isSince({ created_at }: Listed, since: Date): boolean {
  return Date.parse(created_at) >= since.getTime() - skew;
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
