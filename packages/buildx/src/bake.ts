import type { BuildPort } from '@towpath/docker';
import { findBuildx } from './program.ts';

/**
 * Evaluates bake or Compose files with `buildx bake --print`, without building.
 *
 * @param files paths relative to the folder, in the order of merging
 * @param folder an absolute path, to which the paths in the files are relative
 * @returns the targets of the group `default` as JSON with the warnings, or the error output
 * @throws CodedError `builder-missing` if buildx is not installed
 */
export async function printBake(
  port: BuildPort,
  files: readonly string[],
  folder: string,
): Promise<{ readonly json: string; readonly said: string } | { readonly complaint: string }> {
  const { program, args } = await findBuildx(port);
  const { exitCode, stdout, stderr } = await port.exec(
    program,
    [...args, 'bake', ...files.map((file) => `--file=${file}`), '--print'],
    { cwd: folder },
  );
  return exitCode === 0 ? { json: stdout, said: stderr } : { complaint: stderr };
}
