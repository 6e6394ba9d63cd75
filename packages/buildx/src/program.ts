import { CodedError } from '@towpath/errors';
import type { Readable } from 'node:stream';

/** How programs are run. */
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

/** A port whose programs also have these variables. */
export function withVariables(
  { exec }: BuildPort,
  env: Readonly<Record<string, string | undefined>>,
): BuildPort {
  return {
    exec: (program, args, options) => exec(program, args, { ...options, env: { ...env, ...options?.env } }),
  };
}

/** How buildx is called on this machine: as docker's plugin, or by itself. */
export interface Buildx {
  readonly program: string;
  readonly args: readonly string[];
}

/** As it is on nearly every machine. */
export const plugin: Buildx = { program: 'docker', args: ['buildx'] };

const ways: readonly Buildx[] = [
  plugin,
  { program: 'docker-buildx', args: [] },
  { program: 'buildx', args: [] },
];

/** What helps where there is no builder to build with. */
export const withoutBuilder =
  'Add docker/setup-buildx-action before this step, or name a builder with the input builder.';

/** @throws CodedError `builder-missing` when there is none */
export async function findBuildx(port: BuildPort): Promise<Buildx> {
  for (const way of ways) {
    const answers = await port.exec(way.program, [...way.args, 'version']).then(
      ({ exitCode }) => exitCode === 0,
      () => false,
    );
    if (answers) return way;
  }
  throw new CodedError('builder-missing', 'docker buildx is not installed.', { hint: withoutBuilder });
}
