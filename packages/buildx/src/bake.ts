import { findBuildx, type BuildPort } from './program.ts';

/**
 * What `buildx bake` makes of files, without building anything: JSON with the targets of the group `default` and what
 * it said beside that, or what it complained of.
 *
 * @param files relative to the folder, in the order in which they are merged
 * @param folder absolute; paths of the files are relative to it
 * @throws CodedError `builder-missing` when buildx is not there
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
