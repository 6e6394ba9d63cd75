import type { BuildPort } from './program.ts';
import type { Builder } from './builder.ts';
import { lastLine } from './last-line.ts';

/** A line of `buildx history ls --format json`. */
interface Listed {
  /** `builder/node/id`. */
  readonly ref: string;
  readonly created_at: string;
}

/** The part of `buildx history inspect --format json` that is read here. What is empty is left out. */
interface BuildRecord {
  readonly BuildArgs?: readonly { readonly Value?: string }[] | null;
}

/** The clocks of this machine and of a remote builder may differ by so much, in milliseconds. */
const skew = 10 * 60_000;

/**
 * Removes the records of builds whose build args hold a secret. BuildKit keeps one of every build, with the values of
 * all args, and shows it to everyone who may use the builder.
 *
 * @param since when the first of the builds began
 * @returns why records may be left, when it cannot be done
 */
export async function forgetBuilds(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[],
  since: Date,
): Promise<string | undefined> {
  const list = await ask(port, builder, ['ls', '--format=json', '--no-trunc']);
  if ('refusal' in list) return list.refusal;
  const ids = parseLines(list.text)
    .filter((record) => Date.parse(record.created_at) >= since.getTime() - skew)
    .map(({ ref }) => ref.slice(ref.lastIndexOf('/') + 1));
  const refusals = await Promise.all(ids.map((id) => forget(port, builder, secrets, id)));
  return refusals.find((refusal) => refusal !== undefined);
}

/** @returns why one record may be left */
async function forget(
  port: BuildPort,
  builder: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[],
  id: string,
): Promise<string | undefined> {
  const shown = await ask(port, builder, ['inspect', '--format=json', id]);
  if ('refusal' in shown) return shown.refusal;
  const { BuildArgs } = JSON.parse(shown.text) as BuildRecord;
  const holdsSecret = (value: string) => secrets.some((secret) => value.includes(secret));
  if (!(BuildArgs ?? []).some(({ Value = '' }) => holdsSecret(Value))) return undefined;
  const removal = await ask(port, builder, ['rm', id]);
  return 'refusal' in removal ? removal.refusal : undefined;
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
