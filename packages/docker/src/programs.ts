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
      /** For a program that cleans up: it also runs after the run was cancelled, until this signal. */
      readonly cleanUpUntil?: AbortSignal;
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

/** Returns a port for cleaning up: its programs also run after the run was cancelled, until the signal. */
export function cleaningUp({ exec }: BuildPort, until: AbortSignal): BuildPort {
  return {
    exec: (program, args, options) => exec(program, args, { ...options, cleanUpUntil: until }),
  };
}
