import type { Annotation, Level, Log } from '@towpath/flow';
import { formatPosition } from '@towpath/errors';
import { diffColour, neutralLines } from '@towpath/process';
import { createColors } from 'picocolors';
import { Masks } from './masks.ts';
import { plainPage } from './plain-page.ts';
import { reword } from './wording.ts';

/** A stream to print to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** How much is printed, and how. */
export interface Presentation {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly progress: boolean;
  readonly colour: boolean;
}

/** What a command prints: its log to the standard error, and its result to the standard output. */
export interface Console extends Disposable {
  readonly log: Log;
  /** Masked and reworded. */
  readonly annotations: readonly Annotation[];
  /** Returns a message as it is shown: without secrets, and in the words of the command line. */
  shown(text: string): string;
  /** Prints a page of Markdown as text. Nothing is printed with `--json` or `--quiet`. */
  page(markdown: string): void;
  /** Prints a text as it is. Nothing is printed with `--json`. */
  raw(text: string): void;
  /** Prints a JSON document. */
  document(data: object): void;
}

const symbols = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export function openConsole(
  command: string,
  streams: { readonly stdout: Output; readonly stderr: Output },
  { json, quiet, verbose, progress, colour }: Presentation,
): Console {
  const colours = createColors(colour);
  const masks = new Masks();
  const annotations: Annotation[] = [];
  // Rewording could change a secret, so that it is no longer found.
  const shown = (text: string) => reword(masks.apply(text));
  const status = progress && !quiet && !json ? statusLine(command, streams.stderr) : undefined;
  const print = (text: string, indent = '', style: (line: string) => string = (line) => line) => {
    status?.clear();
    const lines = neutralLines(shown(text));
    for (const line of lines) streams.stderr.write(`${indent}${style(line)}\n`);
    status?.show(lines.at(-1) ?? '');
  };
  const styles: Readonly<Record<Level, (line: string) => string>> = {
    notice: colours.cyan,
    warning: colours.yellow,
    error: colours.red,
  };
  const log: Log = {
    info: (message) => {
      if (!quiet) print(message);
    },
    debug: (message) => {
      if (verbose) print(message, '', colours.dim);
    },
    group: (title, lines) => {
      if (quiet) return;
      print(title, '', colours.bold);
      for (const line of lines) print(line, '  ');
    },
    diff: (title, lines) => {
      if (quiet) return;
      print(title, '', colours.bold);
      for (const line of lines) {
        // Rewording would shorten the indentation.
        const text = line.trimStart();
        const colour = diffColour(text);
        print(
          text,
          `  ${' '.repeat(line.length - text.length)}`,
          colour === undefined ? undefined : colours[colour],
        );
      }
    },
    mask: (secret) => {
      masks.add(secret);
    },
    annotate: (annotation) => {
      const message = shown(annotation.message);
      annotations.push({ ...annotation, message });
      if (quiet && annotation.level === 'notice') return;
      print(`${annotation.level}: ${withPosition({ ...annotation, message })}`, '', styles[annotation.level]);
    },
  };
  return {
    log,
    annotations,
    shown,
    page: (markdown) => {
      if (json || quiet) return;
      status?.clear();
      const text = neutralLines(masks.apply(plainPage(markdown, shown))).join('\n');
      if (text !== '') streams.stdout.write(`${text}\n`);
    },
    raw: (text) => {
      if (json) return;
      status?.clear();
      streams.stdout.write(masks.apply(text));
    },
    document: (data) => {
      status?.clear();
      streams.stdout.write(`${JSON.stringify(masks.applyTo(data), undefined, 2)}\n`);
    },
    [Symbol.dispose]: () => {
      status?.end();
    },
  };
}

/** The messages of problems already start with their position. */
function withPosition({ message, position }: Annotation): string {
  if (position === undefined) return message;
  const start = `${formatPosition(position)}: `;
  return message.startsWith(start) ? message : `${start}${message}`;
}

/** Shows the command, its duration and the last line of the log in one line, which is replaced. */
function statusLine(command: string, stderr: Output) {
  const started = Date.now();
  let last = '';
  let turn = 0;
  const clear = () => {
    stderr.write('\r\u001b[2K');
  };
  const draw = () => {
    turn += 1;
    const seconds = Math.round((Date.now() - started) / 1000);
    stderr.write(
      `\r\u001b[2K${symbols[turn % symbols.length] ?? ''} ${command} ${seconds}s  ${last.slice(0, 60)}\r`,
    );
  };
  const timer = setInterval(draw, 200);
  timer.unref();
  return {
    clear,
    show: (line: string) => {
      last = line;
    },
    end: () => {
      clearInterval(timer);
      clear();
    },
  };
}
