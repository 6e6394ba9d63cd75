import { nearest } from '@towpath/errors';
import { sourcesOf, type Source } from '@towpath/dockerfile';
import type { Hit, Rule } from '../rule.ts';
import type { LintStage, Subject } from '../subject.ts';

/** A use of a stage, or of something that looks like one. */
interface StageUse {
  readonly stage: LintStage;
  readonly line: number;
  readonly source: Source;
  readonly how: string;
}

function* usesOf({ stages }: Subject): Iterable<StageUse> {
  for (const stage of stages)
    for (const { instruction } of stage.steps)
      for (const source of sourcesOf(instruction))
        yield {
          stage,
          source,
          line: instruction.line,
          how: instruction.keyword === 'COPY' ? 'COPY --from' : 'RUN --mount',
        };
}

export const stageUndefined: Rule = {
  id: 'stage-undefined',
  since: 1,
  severity: 'error',
  title: 'A stage is used that does not exist',
  why: 'BuildKit takes the name for an image and pulls it from Docker Hub, where everyone can publish. A stage that is defined further down does not exist yet.',
  fix: 'Correct the name, or move the stage up.',
  example: {
    bad: 'FROM golang:1.25.1 AS builder\nFROM alpine:3.22\nCOPY --from=bulider /app /app\n',
    good: 'FROM golang:1.25.1 AS builder\nFROM alpine:3.22\nCOPY --from=builder /app /app\n',
  },
  hadolint: ['DL3022'],
  difference:
    'DL3022 also reports images without a tag, and compares the case of names, which BuildKit ignores.',
  check: function* (subject) {
    const { stages, stagesByName, options } = subject;
    const names = suggested(subject);
    const isContext = (name: string) => options.contexts?.has(name.toLowerCase()) === true;
    for (const { stage, source, line, how } of usesOf(subject)) {
      const found = undefinedSource(source, stage, subject);
      if (found !== undefined && !isContext(source.name))
        yield { line, ...described(how, source.name, found) };
    }
    for (const stage of stages) {
      const [base = ''] = stage.bases;
      if (stage.parent !== undefined || stage.isReplaced || !isPlain(base) || isContext(base)) continue;
      const later = stagesByName.get(base.toLowerCase())?.find(({ index }) => index > stage.index);
      const meant =
        later === undefined
          ? nearest(
              base,
              names.filter((name) => name !== stage.name),
            )
          : undefined;
      if (later !== undefined)
        yield {
          line: stage.line,
          ...described('FROM', base, `stage ${base} is defined in line ${later.line}, after this one`),
        };
      else if (
        meant !== undefined &&
        meant !== base.toLowerCase() &&
        base.length > 3 &&
        !officialNames.has(base)
      )
        yield {
          line: stage.line,
          severity: 'warning',
          ...described('FROM', base, `no stage has this name. Did you mean ${meant}?`),
        };
    }
  },
};

/** Names to compare with. */
const maxSuggested = 100;

/** Returns the names of the stages for suggestions; none if there are so many that a comparison takes too long. */
function suggested({ stagesByName }: Subject): readonly string[] {
  return stagesByName.size > maxSuggested ? [] : [...stagesByName.keys()];
}

function described(how: string, name: string, why: string): Pick<Hit, 'message' | 'hint'> {
  return {
    message: `${how} uses ${name}: ${why}${/[.?]$/.test(why) ? '' : '.'}`,
    hint: 'Correct the name. If it is an image, write its tag as well.',
  };
}

/** Images of Docker Hub that are often used without a tag next to stages with similar names. */
const officialNames = new Set([
  'alpine',
  'busybox',
  'debian',
  'golang',
  'nginx',
  'node',
  'python',
  'ruby',
  'rust',
  'ubuntu',
]);

/** A name without a host, a namespace and a tag, which may be a stage. */
function isPlain(name: string): boolean {
  return /^[\w-]+$/.test(name) && name !== 'scratch';
}

function undefinedSource({ name, byNumber }: Source, stage: LintStage, subject: Subject): string | undefined {
  const { stages, stagesByName } = subject;
  if (byNumber && /^\d+$/.test(name)) {
    if (Number(name) >= stages.length) return `there are only ${stages.length} stages, counted from 0`;
    return Number(name) > stage.index ? 'this stage comes after the one that uses it' : undefined;
  }
  if (!isPlain(name)) return undefined;
  const [first] = stagesByName.get(name.toLowerCase()) ?? [];
  if (first !== undefined && first.index <= stage.index) return undefined;
  if (first !== undefined) return `the stage is defined in line ${first.line}, after its use`;
  if (officialNames.has(name)) return undefined;
  const meant = nearest(name, suggested(subject));
  if (meant !== undefined) return `no stage has this name. Did you mean ${meant}?`;
  return likelyStage.has(name.toLowerCase()) ? 'no stage has this name' : undefined;
}

/** Names that are stages in nearly all Dockerfiles. */
const likelyStage = new Set([
  ...['base', 'build', 'builder', 'build-env', 'build-stage', 'compile', 'compiler', 'deps', 'dependencies'],
  ...[
    'install',
    'prod',
    'production',
    'release',
    'runner',
    'runtime',
    'test',
    'final',
    'dev',
    'assets',
    'frontend',
  ],
]);

export const stageSelf: Rule = {
  id: 'stage-self',
  since: 1,
  severity: 'error',
  title: 'A stage copies from itself',
  why: 'BuildKit fails: a stage cannot copy from the image that it is building.',
  fix: 'Name the stage that has the files, or use `RUN cp`.',
  example: {
    bad: 'FROM alpine:3.22 AS app\nCOPY --from=app /a /b\n',
    good: 'FROM alpine:3.22 AS app\nRUN cp /a /b\n',
  },
  hadolint: ['DL3023'],
  check: function* (subject) {
    const { stages, stagesByName } = subject;
    for (const { stage, source, line, how } of usesOf(subject)) {
      const name = source.name.toLowerCase();
      const isName = stagesByName.get(name)?.[0]?.index === stage.index;
      if (isName || (source.byNumber && source.name === String(stage.index)))
        yield {
          line,
          message: `${how} uses ${source.name}, the stage that it is part of.`,
          hint: 'Name the stage that has the files, or use RUN cp.',
        };
    }
    for (const { name, base, line, parent } of stages)
      if (name !== undefined && base.toLowerCase() === name && parent === undefined && likelyStage.has(name))
        yield {
          line,
          message: `Stage ${name} is based on itself: BuildKit takes ${base} for an image of Docker Hub.`,
          hint: 'Name the base image, with its tag.',
        };
  },
};

export const stageName: Rule = {
  id: 'stage-name',
  since: 1,
  severity: 'error',
  title: 'Two stages have the same name, or a name is not valid',
  why: 'BuildKit takes the last stage of a name, and the other one is lost. `scratch` and `context` have a meaning of their own, and a number counts stages.',
  fix: 'Give each stage a name of its own: a letter, then letters, digits, `-`, `_` and `.`.',
  example: {
    bad: 'FROM alpine:3.22 AS app\nFROM alpine:3.22 AS app\n',
    good: 'FROM alpine:3.22 AS build\nFROM alpine:3.22 AS app\n',
  },
  buildkit: ['DuplicateStageName', 'ReservedStageName'],
  hadolint: ['DL3024', 'DL3063'],
  check: function* ({ stages }) {
    const first = new Map<string, LintStage>();
    for (const stage of stages) {
      const { name, line } = stage;
      if (name === undefined) continue;
      const hint = 'Give the stage another name.';
      const above = first.get(name);
      if (above !== undefined)
        yield { line, message: `Stage ${name} has the name of the stage in line ${above.line}.`, hint };
      else if (name === 'scratch' || name === 'context')
        yield { line, message: `Stage ${name} has a reserved name.`, hint };
      else if (!/^[a-z][a-z0-9_.-]*$/.test(name))
        yield { line, message: `Stage ${name} has a name that is not valid.`, hint };
      first.set(name, above ?? stage);
    }
  },
};

export const stageUnused: Rule = {
  id: 'stage-unused',
  since: 1,
  severity: 'info',
  title: 'A stage is never built',
  why: 'No image of the configuration needs the stage, so its steps never run, and mistakes in them stay unnoticed. It can be meant for developers or tests, who build it with `--target`.',
  fix: 'Delete the stage, or add an image with this `target`.',
  example: {
    bad: 'FROM alpine:3.22 AS tools\nRUN true\nFROM alpine:3.22\n',
    good: 'FROM alpine:3.22 AS tools\nRUN true\nFROM alpine:3.22\nCOPY --from=tools /bin/true /bin/true\n',
  },
  check: function* ({ stages }) {
    for (const { name, line, isNeeded, index } of stages)
      if (!isNeeded)
        yield {
          line,
          message: `No image needs stage ${name ?? index}.`,
          hint: 'Delete the stage, or add an image with this target.',
        };
  },
};
