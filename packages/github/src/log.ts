import * as core from '@actions/core';
import type { Annotation, Level, Log } from '@towpath/flow';
import { neutralLines } from './neutral.ts';

/** More are dropped by GitHub: of each level in each step (actions/runner, ExecutionContext.cs). */
const maxAnnotations = 10;

/** Longer ones are cut by GitHub (actions/toolkit, problem matchers). */
const maxAnnotationLength = 4096;

/** The log of a step: what is printed is escaped, so that no text can become a command of the runner. */
export function stepLog(): Log {
  const annotated = { notice: 0, warning: 0, error: 0 };
  return {
    info: (message) => {
      core.info(neutral(message));
    },
    debug: (message) => {
      core.debug(neutral(message));
    },
    group: (title, lines) => {
      core.startGroup(neutral(title));
      for (const line of lines) core.info(neutral(line));
      core.endGroup();
    },
    mask: (secret) => {
      if (secret !== '') core.setSecret(secret);
    },
    annotate: (annotation) => {
      annotated[annotation.level] += 1;
      if (annotated[annotation.level] <= maxAnnotations) annotate(annotation);
      else core.info(neutral(`${annotation.level}: ${annotation.message}`));
    },
  };
}

function annotate({ level, message, title, place }: Annotation): void {
  commands[level](neutral(message).slice(0, maxAnnotationLength), {
    title: title === undefined ? undefined : neutral(title),
    file: place?.file,
    startLine: place?.line,
    startColumn: place?.column,
  });
}

const commands: Readonly<Record<Level, typeof core.error>> = {
  notice: core.notice,
  warning: core.warning,
  error: core.error,
};

function neutral(text: string): string {
  return neutralLines(text).join('\n');
}
