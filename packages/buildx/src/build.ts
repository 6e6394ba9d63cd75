import { CodedError } from '@towpath/errors';
import { buildArguments, type BuildRequest } from './build-arguments.ts';
import type { Buildx } from './builder.ts';
import type { BuildProgress } from './progress.ts';

/** What building needs from outside. */
export interface BuildPort {
  readonly exec: (
    program: string,
    args: readonly string[],
    options?: {
      readonly env?: Readonly<Record<string, string | undefined>>;
      readonly onStderr?: (line: string) => void;
    },
  ) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
}

/**
 * Every file's time in every layer: a constant, so that a layer does not change because a commit did. 1980-01-01 is
 * the earliest that zip archives, jars and wheels among them, can hold.
 */
const sourceDateEpoch = '315532800';

/**
 * Builds one image into an OCI layout.
 *
 * @param name of the image, for messages
 * @param env beside the port's own: values of the build args that are given by name
 * @param progress is told of everything that happens
 * @throws CodedError `build-failed` with the step that failed and its last lines
 */
export async function build(
  port: BuildPort,
  buildx: Buildx,
  name: string,
  request: BuildRequest,
  env: Readonly<Record<string, string | undefined>>,
  progress: BuildProgress,
): Promise<void> {
  const { exitCode } = await port.exec(buildx.program, [...buildx.args, ...buildArguments(request)], {
    env: { ...env, SOURCE_DATE_EPOCH: sourceDateEpoch },
    onStderr: (line) => {
      progress.add(line);
    },
  });
  if (exitCode !== 0) throw buildFailed(name, progress);
}

function buildFailed(name: string, progress: BuildProgress): CodedError {
  const step = progress.failedStep;
  const said = progress.stray.at(-1) ?? 'buildx gave no reason.';
  const message =
    step === undefined
      ? `Image ${name} could not be built: ${said}`
      : [`Image ${name} could not be built: ${step.name}: ${step.error}`, ...step.output].join('\n');
  return new CodedError('build-failed', message, {
    hint:
      step === undefined
        ? undefined
        : 'The last lines of the failing step are above; the log has all of them.',
  });
}
