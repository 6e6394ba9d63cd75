import type { BuildPort } from './program.ts';
import type { Builder } from './builder.ts';
import { lastLine } from './last-line.ts';
import { setTimeout } from 'node:timers/promises';

/** A line of `buildx history ls --format json`. */
interface Listed {
  /** `builder/node/id`. */
  readonly ref: string;
  readonly created_at: string;
}

/** The part of `buildx history inspect --format json` that is read here. What is empty is left out. */
interface BuildRecord {
  readonly BuildArgs?: readonly { readonly Value?: string }[] | null;
  /** `running`, `completed`, `error` or `canceled`. */
  readonly Status?: string;
}

/** The clocks of this machine and of a remote builder may differ by so much, in milliseconds. */
const skew = 10 * 60_000;

/** Between two looks at the records of builds that are being cancelled, in milliseconds. */
const pause = 400;

/** Builds that were cancelled: BuildKit writes their records when their steps have ended. */
export interface Cancelled {
  /** How many builds were started. Some of them may have no record. */
  readonly builds: number;
  /** Until when records are waited for. */
  readonly until: AbortSignal;
}

/**
 * Removes the records of builds whose build args hold a secret. BuildKit keeps one of every build, with the values of
 * all args, and shows it to everyone who may use the builder.
 *
 * @param since when the first of the builds began
 * @param cancelled of builds that may not have ended yet
 * @returns why records may be left, when it cannot be done
 */
export async function forgetBuilds(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[],
  since: Date,
  cancelled?: Cancelled,
): Promise<string | undefined> {
  const removed = new Set<string>();
  for (;;) {
    const refusal = await forgetOnce(port, builder, secrets, since, removed);
    const isDone = cancelled === undefined || removed.size >= cancelled.builds || cancelled.until.aborted;
    if (isDone) return refusal;
    await setTimeout(pause);
  }
}

/**
 * Lets BuildKit delete the content that nothing refers to any more: the attestations of builds whose records are gone.
 * No cache is as old as the filter demands, so that none is lost.
 *
 * @returns why it cannot be done
 */
export async function dropUnreferenced(
  { exec }: BuildPort,
  { name, buildx }: Pick<Builder, 'name' | 'buildx'>,
): Promise<string | undefined> {
  const words = [...buildx.args, 'prune', '--force', '--filter=until=87600h', `--builder=${name}`];
  const { exitCode, stderr } = await exec(buildx.program, words);
  return exitCode === 0 ? undefined : lastLine(stderr);
}

async function forgetOnce(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[],
  since: Date,
  removed: Set<string>,
): Promise<string | undefined> {
  const list = await ask(port, builder, ['ls', '--format=json', '--no-trunc']);
  if ('refusal' in list) return list.refusal;
  const ids = parseLines(list.text)
    .filter((record) => Date.parse(record.created_at) >= since.getTime() - skew)
    .map(({ ref }) => ref.slice(ref.lastIndexOf('/') + 1));
  const refusals = await Promise.all(ids.map((id) => forget(port, builder, secrets, id, removed)));
  return refusals.find((refusal) => refusal !== undefined);
}

/** @returns why one record may be left */
async function forget(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[],
  id: string,
  removed: Set<string>,
): Promise<string | undefined> {
  const shown = await ask(port, builder, ['inspect', '--format=json', id]);
  if ('refusal' in shown) return shown.refusal;
  const { BuildArgs, Status } = JSON.parse(shown.text) as BuildRecord;
  const holdsSecret = (value: string) => secrets.some((secret) => value.includes(secret));
  if (!(BuildArgs ?? []).some(({ Value = '' }) => holdsSecret(Value))) return undefined;
  // BuildKit writes the record of a running build again when it ends.
  if (Status === 'running') return undefined;
  const removal = await ask(port, builder, ['rm', id]);
  if ('refusal' in removal) return removal.refusal;
  removed.add(id);
  return undefined;
}

async function ask(
  { exec }: BuildPort,
  { name, buildx }: Pick<Builder, 'name' | 'buildx'>,
  args: readonly string[],
): Promise<{ readonly text: string } | { readonly refusal: string }> {
  const words = [...buildx.args, 'history', ...args, `--builder=${name}`];
  const { exitCode, stdout, stderr } = await exec(buildx.program, words);
  return exitCode === 0 ? { text: stdout } : { refusal: lastLine(stderr) };
}

function parseLines(text: string): readonly Listed[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => JSON.parse(line) as Listed);
}
