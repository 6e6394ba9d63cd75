import { suggest } from '@towpath/errors';
import type { Hit, Rule } from '../rule.ts';
import type { Subject } from '../subject.ts';
import { ownSteps, type OwnStep } from './parts.ts';

const keywords = [
  ...['ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL'],
  ...['MAINTAINER', 'ONBUILD', 'RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'],
];

/** The instructions that BuildKit rejects after `ONBUILD` (moby/buildkit, instructions/parse.go). */
const notTriggered = new Set(['FROM', 'MAINTAINER', 'ONBUILD']);

/** Lines to report one by one. A file that is no Dockerfile has one in nearly every line. */
const maxLines = 10;

export const instructionUnknown: Rule = {
  id: 'instruction-unknown',
  since: 1,
  severity: 'error',
  title: 'An instruction does not exist, or is not allowed where it is',
  why: 'BuildKit rejects the Dockerfile. Only `ARG` is allowed before the first `FROM`. `FROM`, `MAINTAINER` and `ONBUILD` are not allowed after `ONBUILD`.',
  fix: 'Correct the instruction.',
  example: {
    bad: 'FROM alpine:3.22\nCOYP a /\n',
    good: 'FROM alpine:3.22\nCOPY a /\n',
  },
  hadolint: ['DL3043', 'DL3061'],
  difference: 'hadolint cannot parse an instruction that does not exist (DL1000).',
  check: function* (subject) {
    if (subject.hasOwnFrontend) return;
    if (subject.stages.length === 0) yield withoutStage(subject);
    const hits = ownSteps(subject).flatMap((step) => problemOf(step, subject) ?? []);
    yield* hits.slice(0, maxLines);
    const more = hits.length - maxLines;
    const next = hits[maxLines];
    if (next !== undefined)
      yield {
        line: next.line,
        message: `${more === 1 ? 'Another line has' : `${more} more lines have`} such an instruction.`,
        hint: 'Is the file a Dockerfile?',
      };
  },
};

function withoutStage({ text }: Subject): Hit {
  // As UTF-8, every second character of UTF-16 is a null character.
  const isWide = /^\uFFFD\uFFFD|^.?\0/.test(text);
  return {
    line: 1,
    message: isWide ? 'The Dockerfile is UTF-16.' : 'The Dockerfile has no FROM.',
    hint: isWide ? 'Save it as UTF-8.' : 'Start with FROM and an image, or FROM scratch.',
  };
}

function problemOf({ instruction, isTrigger, stage }: OwnStep, { stages }: Subject): Hit | undefined {
  const { keyword, line, words } = instruction;
  if (!keywords.includes(keyword)) {
    // Other text may be part of a secret, for example a line of a key.
    const isWord = /^[A-Z]{1,20}$/.test(keyword);
    return {
      line,
      message: `${isWord ? keyword : 'The first word of the line'} is not an instruction.`,
      hint: suggest(isWord ? keyword : '', keywords),
    };
  }
  if (stage === undefined)
    return keyword === 'ARG' || stages.length === 0
      ? undefined
      : {
          line,
          message: `${keyword} is before the first FROM.`,
          hint: `Move ${keyword} below FROM. Only ARG is allowed above.`,
        };
  if (!isTrigger || !notTriggered.has(keyword)) return undefined;
  return {
    line,
    message: words.length === 0 ? 'ONBUILD has no instruction.' : `${keyword} is not allowed after ONBUILD.`,
    hint: 'Write an instruction after ONBUILD, such as RUN or COPY.',
  };
}
