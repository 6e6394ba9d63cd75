import { argumentsOf, flagValues } from '@towpath/dockerfile';
import type { ContextSecrets, SecretFile } from '../context-secrets.ts';
import { covers } from '../paths.ts';
import type { Hit, Rule } from '../rule.ts';
import { secretFileKind } from '../secret-files.ts';
import type { LintStage, Step, Subject } from '../subject.ts';

/** A `COPY` or `ADD` from the build context or a named one. */
interface ContextCopy {
  readonly stage: LintStage;
  readonly step: Step;
  readonly context: ContextSecrets | undefined;
  readonly sources: readonly string[];
  readonly excluded: readonly string[];
}

function* copiesOf({ stages, stagesByName, options }: Subject): Iterable<ContextCopy> {
  for (const stage of stages) {
    for (const step of stage.steps) {
      const { instruction } = step;
      if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
      const [from] = flagValues(instruction, 'from');
      const name = from?.toLowerCase() ?? '';
      const isStage = stagesByName.has(name) || (/^\d+$/.test(name) && Number(name) < stages.length);
      if (from !== undefined && (isStage || options.secrets?.has(name) !== true)) continue;
      yield {
        stage,
        step,
        context: options.secrets?.get(name),
        sources: contextSources(step),
        excluded: flagValues(instruction, 'exclude'),
      };
    }
  }
}

/** Returns the paths in the context that a `COPY` or `ADD` names. The last word is the destination. */
export function contextSources({ instruction, expand }: Step): readonly string[] {
  return argumentsOf(instruction)
    .slice(0, -1)
    .filter((word) => !/^<<|:\/\/|^git@/.test(word))
    .map((word) => expand(word))
    .flatMap(({ text, isUncertain }) => (isUncertain ? [] : [cleaned(text)]));
}

function cleaned(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

export const secretFile: Rule = {
  id: 'secret-file',
  since: 1,
  severity: 'error',
  security: 9,
  title: 'A file with secrets is copied from the build context',
  why: 'The file stays in a layer, also if a later step deletes it. The rule checks the files that the builder gets: those that `.dockerignore` does not exclude. Of `.npmrc`, `*.pem`, `*.key` and similar files it reads the content, because many of them hold no secret. It is a warning if the stage is not part of the image, because the file then stays in the build cache only, or if all files are private keys in folders such as `testdata` or `test/fixtures`.',
  fix: 'Exclude the file in `.dockerignore`. If a step needs it, mount it with `RUN --mount=type=secret`.',
  example: {
    bad: 'FROM node:22.11.0\nCOPY package.json .npmrc ./\nRUN npm ci\n',
    good: 'FROM node:22.11.0\nCOPY package.json ./\nRUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci\n',
  },
  check: function* (subject) {
    for (const { stage, step, context, sources, excluded } of copiesOf(subject)) {
      const files = sources.flatMap((source) => filesAt(source, context));
      const kept = files.filter(
        ({ path }) => !excluded.some((pattern) => covers(cleaned(pattern), path, true)),
      );
      const unique = [...new Map(kept.map((file) => [file.path, file])).values()];
      if (unique.length > 0) yield hitOf(step, stage, unique);
    }
  },
};

function filesAt(source: string, context: ContextSecrets | undefined): readonly SecretFile[] {
  const found = context?.files.filter(({ path }) => covers(source, path)) ?? [];
  if (found.length > 0 || context?.harmless.has(source) === true) return found;
  // The file may be created by a step before the build.
  const kind = /[*?[]/.test(source) ? undefined : secretFileKind(source);
  if (kind === undefined) return [];
  return [{ path: source, what: kind.what, ...(kind.isUsuallyHarmless && { isGuess: true }) }];
}

/** Folders whose private keys usually protect nothing: the keys of test servers. */
const testFolder = /(?:^|\/)(?:tests?|testing|testdata|__tests__|fixtures?|__fixtures__|mocks?|examples?)\//i;

function isTestKey({ path, what }: SecretFile): boolean {
  return what === 'a private key' && testFolder.test(path);
}

function hitOf({ instruction }: Step, { isShipped }: LintStage, files: readonly SecretFile[]): Hit {
  const listed = files
    .slice(0, 5)
    .map(({ path, what, isGuess }) => `${path} (${isGuess ? 'can hold ' : ''}${what})`);
  const more = files.length > 5 ? ` and ${files.length - 5} more` : '';
  const names = files.slice(0, 5).map(({ path }) => path);
  return {
    line: instruction.line,
    ...((!isShipped || files.every((file) => file.isGuess === true || isTestKey(file))) && {
      severity: 'warning',
    }),
    message: `${instruction.keyword} copies ${listed.join(', ')}${more}.`,
    hint: `Add ${names.join(', ')} to .dockerignore. If a step needs the file, mount it with RUN --mount=type=secret.`,
  };
}

export const gitFolder: Rule = {
  id: 'git-folder',
  since: 1,
  severity: 'warning',
  security: 6,
  title: 'The .git folder is copied from the build context',
  why: 'It contains the history of the repository, and often the token of the checkout in `.git/config`. Each commit changes it, so that the step is never cached.',
  fix: 'Add `.git` to `.dockerignore`. To pass the commit to the build, use a build arg.',
  example: {
    bad: 'FROM node:22.11.0\nCOPY . .\n',
    good: 'FROM node:22.11.0\nCOPY src ./src\n',
    options: { secrets: new Map([['', { files: [], hasGit: true, harmless: new Set() }]]) },
  },
  check: function* (subject) {
    for (const { step, context, sources, excluded } of copiesOf(subject)) {
      const isCopied = context?.hasGit === true && sources.some((source) => covers(source, '.git'));
      if (isCopied && !excluded.some((pattern) => covers(cleaned(pattern), '.git', true)))
        yield {
          line: step.instruction.line,
          message: `${step.instruction.keyword} copies .git.`,
          hint: 'Add .git to .dockerignore.',
        };
    }
  },
};
