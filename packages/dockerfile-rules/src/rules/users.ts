import type { Rule } from '../rule.ts';
import type { LintStage, Step, Subject } from '../subject.ts';
import { shippedStage } from './parts.ts';

/** The last `USER` of the image, over all stages that it is based on. */
function lastUser({ stages }: Subject): { readonly step: Step; readonly user: string } | undefined {
  const last = shippedStage(stages);
  for (let stage: LintStage | undefined = last; stage !== undefined; stage = stage.parent) {
    const step = stage.steps.findLast(
      ({ instruction, isTrigger }) => instruction.keyword === 'USER' && !isTrigger,
    );
    const [word] = step?.instruction.words ?? [];
    if (step === undefined || word === undefined) continue;
    const { text, isUncertain } = step.expand(word.text);
    return { step, user: isUncertain ? '?' : text };
  }
  return undefined;
}

/** The users with all rights: on Linux by name or number, on Windows in any case. */
const linuxRoot = /^(?:root|0+)(?::|$)/;
const windowsRoot = /^(?:(?:user manager\\)?containeradministrator|nt authority\\system)$/i;

/** Images that set a user themselves, or whose runtime ignores the user of the image. */
const ownUser =
  /nonroot|rootless|unprivileged|(?:^|\/)chainguard\/|^cgr\.dev\/|(?:^|\/)lambda\/|(?:^|\/)nanoserver\b/i;

function isLambda({ options, stages }: Subject): boolean {
  if (options.isLambda === true) return true;
  return stages.some(
    ({ isShipped, bases }) => isShipped && bases.some((base) => base.startsWith('public.ecr.aws/lambda/')),
  );
}

export const userRoot: Rule = {
  id: 'user-root',
  since: 1,
  severity: 'warning',
  security: 5,
  title: 'The image runs as root',
  why: 'A process that breaks out of the container is root on the host, and can change every file of the image. Only the last `USER` of the stage that becomes the image counts. On Windows, the same holds for `ContainerAdministrator`. AWS Lambda ignores `USER`: set `lambda: true` for such an image.',
  fix: 'End the stage with the user that the process needs, as a number: `USER 10001`.',
  example: {
    bad: 'FROM alpine:3.22\nUSER root\nCMD ["sh"]\n',
    good: 'FROM alpine:3.22\nUSER root\nRUN mkdir /data\nUSER 10001\nCMD ["sh"]\n',
  },
  hadolint: ['DL3002'],
  difference: 'DL3002 also reports stages that do not become the image.',
  check: function* (subject) {
    const last = lastUser(subject);
    if (last === undefined || isLambda(subject)) return;
    const isWindows = windowsRoot.test(last.user);
    if (!isWindows && !linuxRoot.test(last.user)) return;
    yield {
      line: last.step.instruction.line,
      message: `The last USER of the image is ${last.user}.`,
      hint: `Add USER ${isWindows ? 'ContainerUser' : '10001'}, or the user that the process needs, at the end of the stage.`,
    };
  },
};

export const userMissing: Rule = {
  id: 'user-missing',
  since: 1,
  severity: 'info',
  security: 3,
  title: 'The image has no USER',
  why: 'Most base images run as root unless the Dockerfile says otherwise. Does not apply to images with `lambda: true`, and to base images that are known to set a user.',
  fix: 'End the stage with the user that the process needs, as a number: `USER 10001`.',
  example: {
    bad: 'FROM alpine:3.22\nCMD ["sh"]\n',
    good: 'FROM alpine:3.22\nUSER 10001\nCMD ["sh"]\n',
  },
  check: function* (subject) {
    const stage = shippedStage(subject.stages);
    if (stage === undefined || isLambda(subject) || lastUser(subject) !== undefined) return;
    let root = stage;
    while (root.parent !== undefined) root = root.parent;
    // A named context brings its own user, and so does an image that is known by its name.
    if (root.isReplaced || root.missing.length > 0 || root.bases.some((base) => ownUser.test(base))) return;
    yield {
      line: stage.line,
      message:
        'The stage that becomes the image has no USER, so it runs as the user of its base image: usually root.',
      hint: 'Add USER 10001, or the user that the process needs, at the end of the stage.',
    };
  },
};
