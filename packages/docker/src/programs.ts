import type { Readable } from 'node:stream';

/** Runs programs. */
export interface BuildPort {
  readonly exec: (
    program: string,
    args: readonly string[],
    options?: {
      readonly env?: Readonly<Record<string, string | undefined>>;
      readonly cwd?: string;
      readonly input?: Readable;
      readonly signal?: AbortSignal;
      readonly onStderr?: (line: string) => void;
    },
  ) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
}

/** Returns a port that adds variables to the environment of its programs. */
export function withVariables(
  { exec }: BuildPort,
  env: Readonly<Record<string, string | undefined>>,
): BuildPort {
  return {
    exec: (program, args, options) => exec(program, args, { ...options, env: { ...env, ...options?.env } }),
  };
}
