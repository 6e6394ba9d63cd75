import { CodedError, type Problem } from '@towpath/errors';
import { buildArguments, type BuildRequest } from './build-arguments.ts';
import type { BuildPort, Buildx } from './program.ts';
import type { BuildProgress } from './progress.ts';

/** How messages call an image, and where its Dockerfile is in the repository. */
export interface BuildSubject {
  readonly name: string;
  readonly dockerfile: string;
}

/**
 * Builds one image into an OCI layout.
 *
 * @param env beside the port's own: values of the build args that are given by name
 * @param progress is told of everything that happens
 * @throws CodedError `build-failed` with the step that failed, its last lines and its place; `disk-full`
 */
export async function build(
  port: BuildPort,
  buildx: Buildx,
  subject: BuildSubject,
  request: BuildRequest,
  env: Readonly<Record<string, string | undefined>>,
  progress: BuildProgress,
): Promise<void> {
  const { exitCode } = await port.exec(buildx.program, [...buildx.args, ...buildArguments(request)], {
    env: { ...env, SOURCE_DATE_EPOCH: String(request.sourceDateEpoch) },
    onStderr: (line) => {
      progress.add(line);
    },
  });
  if (exitCode !== 0) throw buildFailed(subject, request, progress);
}

function buildFailed(
  { name, dockerfile }: BuildSubject,
  { output }: BuildRequest,
  progress: BuildProgress,
): CodedError {
  const step = progress.failedStep;
  const line = progress.failedLine;
  const reason = progress.reason ?? 'buildx gave no reason.';
  const said = `${reason}\n${step?.error ?? ''}\n${step?.output.join('\n') ?? ''}`;
  const isFull = /no space left on device|disk quota exceeded/i.test(said);
  const problem: Problem = {
    code: isFull ? 'disk-full' : 'build-failed',
    message:
      step === undefined
        ? `Image ${name} could not be built: ${reason}`
        : [`Image ${name} could not be built: ${step.name}: ${step.error}`, ...step.output].join('\n'),
    hint: isFull
      ? roomFor(said.includes(output) ? output : undefined)
      : hintFor(said, step !== undefined && step.output.length > 0),
    ...(line !== undefined && { place: { file: dockerfile, line } }),
  };
  return CodedError.of([problem], () => '');
}

/** @param folder on the runner's disk; without it the builder's is full */
function roomFor(folder: string | undefined): string {
  return folder === undefined
    ? 'The builder’s disk is full. Free some of it (docker buildx prune, docker system prune), or give the builder more: a larger runner, or one whose disk is not full of other tools.'
    : `The disk of ${folder} is full. Free some of it (docker buildx prune where the builder is on it, too; remove what the runner has and the job does not need), or take a larger runner.`;
}

/** What is known to help, by what BuildKit, runc and the kernel say. */
const cures: readonly (readonly [RegExp, string])[] = [
  [
    /exec format error/i,
    'A program of another platform was run. Add docker/setup-qemu-action before this step, build each platform on a runner of its own, or cross-compile in a stage that is FROM --platform=$BUILDPLATFORM.',
  ],
  [
    /granting entitlement (?:network\.host|security\.insecure)/i,
    'The builder does not allow it: make it with --buildkitd-flags "--allow-insecure-entitlement network.host".',
  ],
];

function hintFor(said: string, hasPrinted: boolean): string | undefined {
  const cure = cures.find(([pattern]) => pattern.test(said))?.[1];
  return cure ?? (hasPrinted ? 'These are the last lines of the step; the log has all of them.' : undefined);
}
