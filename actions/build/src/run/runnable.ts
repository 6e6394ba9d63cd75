import type { Builder } from '@towpath/buildx';
import { runSteps, type RunStep } from '@towpath/dockerfile';
import { CodedError, type Problem } from '@towpath/errors';
import { formatPlatform, parsePlatform, type Platform } from '@towpath/reference';

/** An image, as far as it matters on which platforms its steps run. */
export interface RunnableImage {
  readonly image: { readonly name: string; readonly dockerfile: string; readonly target?: string };
  readonly platforms: readonly Platform[];
  readonly args: ReadonlyMap<string, string>;
  /** By name. */
  readonly contexts: ReadonlyMap<string, unknown>;
  /** Of the Dockerfile. */
  readonly text: string;
}

/**
 * Whether the builder can run what the images need: an image whose steps only copy can be built for any platform.
 *
 * @throws CodedError `platform-unsupported` that lists every image with a step that cannot be run
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
        message: `Image ${one.image.name} has steps to run on ${platforms}, which the builder ${builder.name} cannot: it runs ${[...able].join(', ')}.`,
        hint: cure,
        position: { file: one.image.dockerfile, line: first.line },
      },
    ];
  });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images have steps that the builder cannot run.`);
}

/** A platform that is not one, such as an empty argument, is BuildKit's to refuse. */
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

/** A builder that runs a variant runs what has none. */
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
