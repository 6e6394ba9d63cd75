import * as core from '@actions/core';
import type { Annotation, Environment, Level, Log } from '@towpath/flow';
import { diffColour, neutralLines } from '@towpath/process';
import { styleText } from 'node:util';

/**
 * The maximum number of annotations of each level in a step. GitHub drops the rest (actions/runner,
 * ExecutionContext.cs).
 */
const maxAnnotations = 10;

/**
 * The maximum length of an annotation, in UTF-16 units. GitHub cuts longer ones (actions/runner,
 * ExecutionContext.cs).
 */
const maxAnnotationLength = 4096;

/**
 * Returns the log of a step. Printed text is escaped, so that it cannot become a command of the runner. Text that
 * exceeds the limits of annotations is printed to the log.
 *
 * @param env colours are off if `NO_COLOR` is set. GitHub shows them, although the log is no terminal.
 */
export function stepLog(env: Environment): Log {
  const annotated = { notice: 0, warning: 0, error: 0 };
  const info = (message: string) => {
    core.info(neutral(message));
  };
  return {
    info,
    debug: (message) => {
      core.debug(neutral(message));
    },
    group: (title, lines) => {
      core.startGroup(neutral(title));
      for (const line of lines) info(line);
      core.endGroup();
    },
    diff: (title, lines) => {
      core.startGroup(neutral(title));
      for (const line of lines.flatMap(neutralLines)) core.info(env.NO_COLOR ? line : coloured(line));
      core.endGroup();
    },
    mask: (secret) => {
      if (secret !== '') core.setSecret(secret);
    },
    annotate: (annotation) => {
      const { level, message } = annotation;
      annotated[level] += 1;
      const isShown = annotated[level] <= maxAnnotations;
      if (isShown) annotate(annotation);
      if (!isShown || neutral(message).length > maxAnnotationLength) info(`${level}: ${message}`);
    },
  };
}

function annotate({ level, message, title, position }: Annotation): void {
  commands[level](cut(neutral(message)), {
    title: title === undefined ? undefined : neutral(title),
    file: position?.file,
    startLine: position?.line,
    startColumn: position?.column,
  });
}

const commands: Readonly<Record<Level, typeof core.error>> = {
  notice: core.notice,
  warning: core.warning,
  error: core.error,
};

function cut(message: string): string {
  return message.length <= maxAnnotationLength ? message : `${message.slice(0, maxAnnotationLength - 1)}…`;
}

function coloured(line: string): string {
  const colour = diffColour(line);
  return colour === undefined ? line : styleText(colour, line, { validateStream: false });
}

function neutral(text: string): string {
  return neutralLines(text).join('\n');
}
