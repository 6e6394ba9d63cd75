import { pluginProgram, type BuildPort, type Env } from '@towpath/docker';
import { CodedError } from '@towpath/errors';

/** The command of buildx on this machine: the plugin's own program, the plugin through docker, or another program. */
export interface Buildx {
  readonly program: string;
  readonly args: readonly string[];
}

/** The command that people use. */
export const plugin: Buildx = { program: 'docker', args: ['buildx'] };

const commands: readonly Buildx[] = [
  plugin,
  { program: 'docker-buildx', args: [] },
  { program: 'buildx', args: [] },
];

/** The hint if buildx has no builder. */
export const withoutBuilder =
  'Add docker/setup-buildx-action before this step, or set the input builder to the name of a builder.';

/**
 * Returns the program of docker's plugin. It does the same as `docker buildx` in half the time: docker first runs the
 * plugin once more, to ask for its version.
 *
 * @param env of the step
 * @returns undefined if only docker itself can find the plugin
 */
export async function directBuildx(env: Env): Promise<Buildx | undefined> {
  const program = await pluginProgram('buildx', env);
  return program === undefined ? undefined : { program, args: [] };
}

/**
 * Finds buildx.
 *
 * @param env of the step. Without it, the plugin runs through docker.
 * @throws CodedError `builder-missing` if buildx is not installed
 */
export async function findBuildx(port: BuildPort, env?: Env): Promise<Buildx> {
  const direct = env && (await directBuildx(env));
  if (direct !== undefined) return direct;
  for (const command of commands) {
    const isInstalled = await port.exec(command.program, [...command.args, 'version']).then(
      ({ exitCode }) => exitCode === 0,
      () => false,
    );
    if (isInstalled) return command;
  }
  throw new CodedError('builder-missing', 'docker buildx is not installed.', {
    hint: 'Add docker/setup-buildx-action before this step, or install the plugin: https://github.com/docker/buildx#installing.',
  });
}
