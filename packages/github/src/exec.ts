import { getExecOutput } from '@actions/exec';
import type { Environment, ExecOptions, ExecResult } from '@towpath/flow';

/** {@link getExecOutput} as the Runtime's `Exec`: silent, without a shell, a non-zero exit is a result. */
export async function exec(
  program: string,
  args: readonly string[],
  { env, cwd, onStdout, onStderr }: ExecOptions = {},
): Promise<ExecResult> {
  // The first argument is a command line, split at spaces that are not quoted.
  return getExecOutput(JSON.stringify(program), [...args], {
    silent: true,
    ignoreReturnCode: true,
    env: defined({ ...process.env, ...env }),
    cwd,
    listeners: { stdline: onStdout, errline: onStderr },
  });
}

function defined(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
