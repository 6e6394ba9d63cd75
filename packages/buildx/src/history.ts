import type { BuildPort } from './build.ts';
import type { Builder } from './builder.ts';

/** A line of `buildx history ls --format json`. */
interface Listed {
  /** `builder/node/id`. */
  readonly ref: string;
  readonly created_at: string;
}

/** The part of `buildx history inspect --format json` that is read here. */
interface BuildRecord {
  readonly BuildArgs?: readonly { readonly Value: string }[] | null;
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
  { name, buildx }: Pick<Builder, 'name' | 'buildx'>,
  secrets: readonly string[],
  since: Date,
): Promise<string | undefined> {
  const history = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await port.exec(buildx.program, [
      ...buildx.args,
      'history',
      ...args,
      `--builder=${name}`,
    ]);
    if (exitCode === 0) return stdout;
    throw new Refused(stderr.trim().split('\n').at(-1));
  };
  const holdsSecret = async (id: string): Promise<boolean> => {
    const { BuildArgs } = JSON.parse(await history('inspect', '--format=json', id)) as BuildRecord;
    return (BuildArgs ?? []).some(({ Value }) => secrets.some((secret) => Value.includes(secret)));
  };
  try {
    for (const { ref, created_at: created } of parseLines(
      await history('ls', '--format=json', '--no-trunc'),
    )) {
      const id = ref.slice(ref.lastIndexOf('/') + 1);
      if (Date.parse(created) < since.getTime() - skew) continue;
      if (await holdsSecret(id)) await history('rm', id);
    }
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

class Refused extends Error {}

function parseLines(text: string): readonly Listed[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => JSON.parse(line) as Listed);
}
