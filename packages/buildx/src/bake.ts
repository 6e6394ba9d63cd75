import type { BuildPort, Env } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import { findBuildx } from './program.ts';

/** Milliseconds. buildx reads files that a Compose file includes: one of them may be a pipe. */
const maxTime = 60_000;

/**
 * Evaluates bake or Compose files with `buildx bake --print`, without building.
 *
 * @param files paths relative to the folder, in the order of merging
 * @param folder an absolute path, to which the paths in the files are relative
 * @param options.env of the step, which says where docker's plugins are
 * @param options.limit ends the evaluation. Default: after one minute
 * @returns the targets of the group `default` as JSON with the warnings, or the error output
 * @throws CodedError `builder-missing` if buildx is not installed, `config-invalid` if it does not finish
 */
export async function printBake(
  port: BuildPort,
  files: readonly string[],
  folder: string,
  { env, limit = AbortSignal.timeout(maxTime) }: { readonly env?: Env; readonly limit?: AbortSignal } = {},
): Promise<{ readonly json: string; readonly said: string } | { readonly complaint: string }> {
  const { program, args } = await findBuildx(port, env);
  const words = [...args, 'bake', ...files.map((file) => `--file=${file}`), '--print'];
  const { exitCode, stdout, stderr } = await port
    .exec(program, words, { cwd: folder, signal: limit })
    .catch((error: unknown) => {
      throw error === limit.reason ? tooLong(files, error) : error;
    });
  return exitCode === 0 ? { json: stdout, said: stderr } : { complaint: stderr };
}

function tooLong(files: readonly string[], cause: unknown): CodedError {
  const name = files.join(', ');
  return new CodedError('config-invalid', `buildx did not read ${name} within ${maxTime / 1000} s.`, {
    hint: `Run docker buildx bake --print in the folder of ${name}. Is a file that it includes a pipe?`,
    cause,
  });
}
