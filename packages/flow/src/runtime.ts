import type { FilePosition } from '@towpath/errors';
import type { Readable } from 'node:stream';

/** Variables of the environment. Names are case-sensitive. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Level = 'notice' | 'warning' | 'error';

/** A message that stands beside the log: on GitHub in the run's page and at a line of the changed file. */
export interface Annotation {
  readonly level: Level;
  readonly message: string;
  readonly title?: string;
  readonly position?: FilePosition;
}

/** Where a person reads along. Whatever text is handed in is shown, and never obeyed. */
export interface Log {
  info(message: string): void;
  /** Shown only when the run is debugged. */
  debug(message: string): void;
  annotate(annotation: Annotation): void;
  /** Lines that belong together, folded under a title. Groups do not nest. */
  group(title: string, lines: readonly string[]): void;
  /** From here on the value is shown as `***`. */
  mask(secret: string): void;
}

export interface ExecOptions {
  /**
   * Variables beside those of the Runtime's own environment that hold no credential of the job. Secrets go here, never
   * into the arguments.
   */
  readonly env?: Environment;
  readonly cwd?: string;
  /** What the program reads, to its end. */
  readonly input?: Readable;
  /** Ends the program where nobody waits for it any longer. */
  readonly signal?: AbortSignal;
  /** For a program that cleans up: it also runs after the run was cancelled, until this signal. */
  readonly cleanUpUntil?: AbortSignal;
  /** Gets each line. The result has only the end of an output that is read this way, at most 64 KiB. */
  readonly onStdout?: (line: string) => void;
  /** As `onStdout`. */
  readonly onStderr?: (line: string) => void;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without a shell and waits for it. A non-zero exit is a result, not an error.
 *
 * @throws CodedError `outside-failed` if it prints more than 64 MiB and is not read line by line
 * @throws CodedError `program-missing` when the program cannot be started
 * @throws the input's error when it breaks off
 * @throws the signal's reason when the run is cancelled meanwhile, or that of the program's own
 */
export type Exec = (program: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

export interface Clock {
  now(): Date;
  /**
   * @param signal ends the sleep where nothing waits for it any longer
   * @throws the signal's reason when the run is cancelled meanwhile, or that of the given one
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The port to everything outside. There is one on GitHub, and a fake one for tests. */
export interface Runtime {
  /** What the caller gave, by input name; an absent input has no entry. */
  readonly given: Readonly<Record<string, string>>;
  readonly env: Environment;
  /** Absolute path of the checked-out repository. */
  readonly workspace: string;
  /** Absolute path of a folder that outlives the step, not the job. */
  readonly temp: string;
  readonly log: Log;
  readonly exec: Exec;
  readonly clock: Clock;
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Gets an OIDC token of the job for an audience. Undefined: the job may not request any. */
  readonly idToken?: (audience: string) => Promise<string>;
  setOutput(name: string, value: string): void;
  /** Keeps a value until the job ends: {@link Action.tidyUp} gets it. */
  keep(name: string, value: string): void;
  /** Adds Markdown to the page of the run, where there is one. */
  summarise(markdown: string): Promise<void>;
}
