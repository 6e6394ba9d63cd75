import { sourcesOf } from '@towpath/dockerfile';
import { nearest } from '@towpath/errors';
import { commonPlatforms, formatPlatform, parseKnownPlatform, parsePlatform } from '@towpath/reference';
import { columnOf, type Edit } from '../edits.ts';
import type { Rule } from '../rule.ts';
import type { LintStage, Subject } from '../subject.ts';

export const platformUnknown: Rule = {
  id: 'platform-unknown',
  since: 1,
  severity: 'error',
  title: 'A stage is for a platform that does not exist',
  why: 'The registry has no image for such a platform, or BuildKit takes one for another platform.',
  fix: 'Correct the platform.',
  example: {
    bad: 'FROM --platform=linux/amd46 node:22.11.0\n',
    good: 'FROM --platform=linux/amd64 node:22.11.0\n',
  },
  check: function* (subject) {
    for (const { platform, line } of subject.stages) {
      if (platform === undefined || platform.includes('$') || isKnown(platform)) continue;
      const meant = nearest(platform, commonPlatforms);
      const edits = meant === undefined ? undefined : replaced(subject, line, platform, meant);
      yield {
        line,
        message: `FROM has the platform ${platform}, which does not exist.`,
        hint: meant === undefined ? 'Write a platform such as linux/amd64.' : `Did you mean ${meant}?`,
        ...(edits !== undefined && { edits }),
      };
    }
  },
};

function isKnown(platform: string): boolean {
  return (parseKnownPlatform(platform) ?? parseKnownPlatform(`linux/${platform}`)) !== undefined;
}

function replaced({ lines }: Subject, line: number, from: string, to: string): readonly Edit[] | undefined {
  const word = `--platform=${from}`;
  const column = columnOf(lines[line - 1] ?? '', word);
  if (column < 0) return undefined;
  return [{ kind: 'replace', line, column, length: word.length, text: `--platform=${to}` }];
}

export const platformFixed: Rule = {
  id: 'platform-fixed',
  since: 1,
  severity: 'warning',
  title: 'A stage of the image has a fixed platform',
  why: 'The image is labelled with the platform of the build, and contains programs for the fixed one. They do not start there. Does not apply to an image that is built for exactly this platform, and to stages that only compile.',
  fix: 'Delete `--platform`. For a stage that compiles for other platforms, write `--platform=$BUILDPLATFORM`.',
  example: {
    bad: 'FROM --platform=linux/amd64 node:22.11.0\n',
    good: 'FROM node:22.11.0\n',
  },
  buildkit: ['FromPlatformFlagConstDisallowed'],
  hadolint: ['DL3029'],
  difference:
    'DL3029 also reports stages that only compile, and images that are built for this platform only.',
  check: function* ({ stages, options }) {
    const wanted = new Set((options.platforms ?? []).map(formatPlatform));
    for (const { platform, line, isShipped, parent } of stages) {
      if (platform === undefined || platform.includes('$') || !isShipped || parent !== undefined) continue;
      const parsed = parsePlatform(platform.includes('/') ? platform : `linux/${platform}`);
      if (parsed === undefined || !isKnown(platform)) continue;
      const fixed = formatPlatform(parsed);
      if (wanted.size === 1 && wanted.has(fixed)) continue;
      const others = [...wanted].filter((one) => one !== fixed);
      yield {
        line,
        ...(others.length > 0 && { severity: 'error' }),
        message:
          others.length > 0
            ? `The image for ${others.join(', ')} would contain programs for ${fixed}.`
            : `The image contains programs for ${fixed}, also if it is built for another platform.`,
        hint: `Delete --platform=${platform}, or set platforms: [${fixed}] for the image.`,
      };
    }
  },
};

export const targetPlatform: Rule = {
  id: 'target-platform',
  since: 1,
  severity: 'error',
  title: 'An image is built on an image without its platform',
  why: 'A context `target:base` is another image of the configuration. If that image is not built for a platform, BuildKit takes another one: an image for arm64 with programs for x86-64. `build` refuses it, too.',
  fix: 'Add the platform to `platforms` of the base image, or remove it from those of the image that is built on it.',
  example: {
    bad: '# This image has platforms: [linux/amd64, linux/arm64], base has [linux/amd64]\nFROM base\n',
    good: '# This image and base have platforms: [linux/amd64, linux/arm64]\nFROM base\n',
    goodOptions: { contexts: new Set(['base']) },
    options: {
      contexts: new Set(['base']),
      lackingPlatforms: [
        {
          line: 2,
          message:
            'Image web is built on target:base for linux/arm64, but base is built for linux/amd64 only.',
          hint: 'Add linux/arm64 to the platforms of base, or remove it from those of web.',
        },
      ],
    },
  },
  check: function* ({ options, stages }) {
    for (const lacking of options.lackingPlatforms ?? []) {
      const stage = stages.find(({ line }) => line === lacking.line);
      if (stage !== undefined && usesContext(stage, options.contexts ?? new Set())) yield lacking;
    }
  },
};

function usesContext({ isReplaced, steps }: LintStage, contexts: ReadonlySet<string>): boolean {
  const sources = steps.flatMap(({ instruction }) => sourcesOf(instruction));
  return isReplaced || sources.some(({ name }) => contexts.has(name.toLowerCase()));
}
