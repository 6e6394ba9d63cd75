import type { BuildPort } from '@towpath/docker';
import { CodedError, type Problem } from '@towpath/errors';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildArguments, type BuildRequest } from './build-arguments.ts';
import type { Buildx } from './program.ts';
import type { BuildProgress } from './progress.ts';

/** The image that messages refer to. */
export interface BuildSubject {
  readonly name: string;
  /** The path of the Dockerfile in the repository. */
  readonly dockerfile: string;
}

/** What a build needs of its run. */
export interface BuildRun extends BuildPort {
  readonly clock: { sleep(milliseconds: number, signal?: AbortSignal): Promise<void> };
  readonly signal: AbortSignal;
  /** Receives the error of buildx when the connection to BuildKit breaks and the build starts again. */
  readonly onRestart: (reason: string) => void;
}

/** Milliseconds before a build starts again. A BuildKit that restarts needs about as long. */
const restartDelay = 2_000;

/**
 * Builds one image into an OCI layout. If the connection to BuildKit breaks, the build starts again, once: the finished
 * steps are in the cache of BuildKit.
 *
 * @param env variables in addition to the port's own: the values of build args given by name
 * @param progress receives all progress lines
 * @throws CodedError `build-failed` with the failed step, its last lines and its position, or `disk-full`
 */
export async function build(
  { exec, clock, signal, onRestart }: BuildRun,
  buildx: Buildx,
  subject: BuildSubject,
  request: BuildRequest,
  env: Readonly<Record<string, string | undefined>>,
  progress: BuildProgress,
): Promise<void> {
  const attempt = async (): Promise<boolean> => {
    const { exitCode } = await exec(buildx.program, [...buildx.args, ...buildArguments(request)], {
      env: { ...env, SOURCE_DATE_EPOCH: String(request.sourceDateEpoch) },
      onStderr: (line) => {
        progress.add(line);
      },
    });
    return exitCode === 0;
  };
  if (await attempt()) return;
  const broken = progress.brokenConnection;
  if (broken === undefined) throw buildFailed(subject, request, progress);
  onRestart(broken);
  await clock.sleep(restartDelay, signal);
  // If the layout was complete, the new image would be a second one in it.
  await rm(join(request.output, 'index.json'), { force: true });
  if (!(await attempt())) throw buildFailed(subject, request, progress);
}

function buildFailed(
  { name, dockerfile }: BuildSubject,
  { output }: BuildRequest,
  progress: BuildProgress,
): CodedError {
  const step = progress.failedStep;
  const line = progress.failedLine;
  const reason = progress.reason ?? 'buildx printed no error.';
  const errors = `${reason}\n${step?.error ?? ''}\n${step?.output.join('\n') ?? ''}`;
  const isFull = /no space left on device|disk quota exceeded/i.test(errors);
  const problem: Problem = {
    code: isFull ? 'disk-full' : 'build-failed',
    message:
      step === undefined
        ? `Image ${name} could not be built: ${reason}`
        : [`Image ${name} could not be built: ${step.name}: ${step.error}`, ...step.output].join('\n'),
    hint: isFull ? diskHint(errors.includes(output) ? output : undefined) : hintFor(errors, progress),
    ...(line !== undefined && { position: { file: dockerfile, line } }),
  };
  return CodedError.of([problem], () => '');
}

/** @param folder a folder on the runner's full disk. If undefined, the builder's disk is full. */
function diskHint(folder: string | undefined): string {
  return folder === undefined
    ? 'The builder’s disk is full. Run docker buildx prune or docker system prune, remove unused tools from the runner, or use a larger runner.'
    : `The disk of ${folder} is full. Remove unused tools from the runner, run docker buildx prune if the builder uses the same disk, or use a larger runner.`;
}

/** Hints for known errors of BuildKit, runc and the kernel. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /exec format error/i,
    'The step ran a program for another platform. Add docker/setup-qemu-action before this step, build each platform on its own runner, or cross-compile in a stage with FROM --platform=$BUILDPLATFORM.',
  ],
  [
    /granting entitlement (?:network\.host|security\.insecure)/i,
    'The builder does not allow network: host. Create the builder with --buildkitd-flags "--allow-insecure-entitlement network.host".',
  ],
];

function hintFor(errors: string, { brokenConnection, failedStep }: BuildProgress): string | undefined {
  if (brokenConnection !== undefined)
    return 'The connection to BuildKit broke twice. BuildKit may have been stopped, or killed because it ran out of memory. See its log, for example with docker logs. Then set max-parallel to a lower number, or use a larger runner.';
  const known = hints.find(([pattern]) => pattern.test(errors))?.[1];
  if (known !== undefined || failedStep === undefined || failedStep.output.length === 0) return known;
  return 'These are the last lines of the step. See the log for all lines.';
}
