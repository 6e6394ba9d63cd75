import { findBuildx, type BuildPort } from './program.ts';

/**
 * What `buildx bake` makes of a file, without building anything: JSON with the targets of the group `default`, or what
 * it complained of.
 *
 * @param file relative to the workspace, in which paths of the file are looked for
 * @throws CodedError `builder-missing` when buildx is not there
 */
export async function printBake(
  port: BuildPort,
  file: string,
  workspace: string,
): Promise<{ readonly json: string } | { readonly complaint: string }> {
  const { program, args } = await findBuildx(port);
  const { exitCode, stdout, stderr } = await port.exec(
    program,
    [...args, 'bake', `--file=${file}`, '--print'],
    {
      cwd: workspace,
    },
  );
  return exitCode === 0 ? { json: stdout } : { complaint: stderr };
}
