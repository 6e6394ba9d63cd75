import type { Builder } from '@towpath/buildx';
import { runSteps, type RunStep } from '@towpath/dockerfile';
import { CodedError, type Problem } from '@towpath/errors';
import { formatPlatform, parsePlatform, type Platform } from '@towpath/reference';

/** The parts of an image that determine on which platforms its steps run. */
export interface RunnableImage {
  readonly image: { readonly name: string; readonly dockerfile: string; readonly target?: string };
  readonly platforms: readonly Platform[];
  readonly args: ReadonlyMap<string, string>;
  /** Keyed by name. */
  readonly contexts: ReadonlyMap<string, unknown>;
  /** The text of the Dockerfile. */
  readonly text: string;
}

/**
 * Checks that the builder can run the steps of all images. An image with only copy steps can be built for any
 * platform.
 *
 * @throws CodedError `platform-unsupported` that lists every image with a step that the builder cannot run
 */
export function requireRunnable(
  images: readonly RunnableImage[],
  builder: Builder,
  buildPlatform: Platform | undefined,
): void {
  const able = new Set(builder.platforms.flatMap(usualName));
  if (able.size === 0) return;
  const problems = images.flatMap((one): Problem[] => {
    const foreign = foreignSteps(one, able, buildPlatform);
    const [first] = foreign;
    if (first === undefined) return [];
    const platforms = [...new Set(foreign.map(({ platform }) => platform))].join(', ');
    return [
      {
        code: 'platform-unsupported',
        message: `Image ${one.image.name} runs steps on ${platforms}, but the builder ${builder.name} runs only ${[...able].join(', ')}.`,
        hint: cure,
        position: { file: one.image.dockerfile, line: first.line },
      },
    ];
  });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images have steps that the builder cannot run.`);
}

/**
 * Returns the steps for platforms that the builder cannot run. Invalid platforms, such as an empty arg, are left to
 * BuildKit.
 */
function foreignSteps(
  { image: { target }, platforms, args, contexts, text }: RunnableImage,
  able: ReadonlySet<string>,
  buildPlatform: Platform | undefined,
): readonly RunStep[] {
  const named = new Set([...contexts.keys()].map((name) => name.toLowerCase()));
  const steps = runSteps(text, { args, platforms, buildPlatform, target, contexts: named });
  return steps.flatMap(({ platform, line }) => {
    const parsed = parsePlatform(platform);
    return parsed === undefined || canRun(parsed, able) ? [] : [{ platform: formatPlatform(parsed), line }];
  });
}

const cure =
  'Build each platform in a job of its own, on a runner that has it, and let publish merge them; or add a node for it to the input builder; or add docker/setup-qemu-action before this step; or cross-compile in a stage that is FROM --platform=$BUILDPLATFORM.';

/**
 * Returns whether the builder can run a platform. A builder that supports a variant also runs the platform without
 * one.
 */
function canRun(platform: Platform, able: ReadonlySet<string>): boolean {
  const { os, architecture } = platform;
  return (
    able.has(formatPlatform(platform)) ||
    (platform.variant === undefined && able.has(`${os}/${architecture}`))
  );
}

function usualName(text: string): string[] {
  const platform = parsePlatform(text);
  return platform === undefined ? [] : [formatPlatform(platform)];
}
