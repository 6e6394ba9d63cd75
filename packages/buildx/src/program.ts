import type { BuildPort } from '@towpath/docker';
import { CodedError } from '@towpath/errors';

/** The command of buildx on this machine: docker's plugin or a program of its own. */
export interface Buildx {
  readonly program: string;
  readonly args: readonly string[];
}

/** The usual command. */
export const plugin: Buildx = { program: 'docker', args: ['buildx'] };

const commands: readonly Buildx[] = [
  plugin,
  { program: 'docker-buildx', args: [] },
  { program: 'buildx', args: [] },
];

/** The hint if no builder is available. */
export const withoutBuilder =
  'Add docker/setup-buildx-action before this step, or set the input builder to the name of a builder.';

/** @throws CodedError `builder-missing` if buildx is not installed */
export async function findBuildx(port: BuildPort): Promise<Buildx> {
  for (const command of commands) {
    const isInstalled = await port.exec(command.program, [...command.args, 'version']).then(
      ({ exitCode }) => exitCode === 0,
      () => false,
    );
    if (isInstalled) return command;
  }
  throw new CodedError('builder-missing', 'docker buildx is not installed.', { hint: withoutBuilder });
}
