import type { FilePosition } from '@towpath/errors';
import type { Readable } from 'node:stream';

/** Environment variables. Names are case-sensitive. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Level = 'notice' | 'warning' | 'error';

/** A message outside the log. GitHub shows it on the page of the run and next to a line of the changed file. */
export interface Annotation {
  readonly level: Level;
  readonly message: string;
  readonly title?: string;
  readonly position?: FilePosition;
}

/** The log that users read. Text is always shown, and never interpreted as a command. */
export interface Log {
  info(message: string): void;
  /** Shown only in debug mode. */
  debug(message: string): void;
  annotate(annotation: Annotation): void;
  /** Prints lines as a collapsed group with a title. Groups cannot be nested. */
  group(title: string, lines: readonly string[]): void;
  /**
   * Prints a group like `group`. If the log has colours, added, removed and changed lines have one: those that start
   * with `+`, `-`, `~` or `!` after spaces.
   */
  diff(title: string, lines: readonly string[]): void;
  /** Shows the value as `***` from now on. */
  mask(secret: string): void;
}

export interface ExecOptions {
  /**
   * Variables to add to the Runtime's environment, without the job's credentials. Pass secrets here, never as
   * arguments.
   */
  readonly env?: Environment;
  readonly cwd?: string;
  /** The standard input of the program, read to its end. */
  readonly input?: Readable;
  /** Ends the program when its result is no longer needed. */
  readonly signal?: AbortSignal;
  /** For programs that clean up: they also run after the run was cancelled, until this signal. */
  readonly cleanUpUntil?: AbortSignal;
  /** Receives each line. The result then contains only the end of the output, at most 64 KiB. */
  readonly onStdout?: (line: string) => void;
  /** Like `onStdout`. */
  readonly onStderr?: (line: string) => void;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without a shell and waits for it. A non-zero exit code is a result, not an error.
 *
 * @throws CodedError `outside-failed` if it prints more than 64 MiB that are not read line by line
 * @throws CodedError `program-missing` if the program cannot be started
 * @throws the error of the input if it fails
 * @throws the signal's reason if the run or the given signal is cancelled
 */
export type Exec = (program: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

export interface Clock {
  now(): Date;
  /**
   * @param signal ends the sleep early
   * @throws the signal's reason if the run or the given signal is cancelled
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Text at the code host that later runs replace. */
export interface Note {
  /** Identifies the note among all notes of the repository. Letters, digits, `.`, `:` and `-`. */
  readonly marker: string;
  /** Markdown. It is cut at the limit of the code host. */
  readonly body: string;
}

/** A note in an issue of its own. */
export interface IssueNote extends Note {
  readonly title: string;
  /** Whether there is nothing to report: the open issue is closed, and none is opened. */
  readonly isResolved: boolean;
  /**
   * The entries that the body reports, e.g. ids of findings. If an open issue does not have one of them, a comment
   * says so, because GitHub sends no notification for a changed body.
   */
  readonly entries: readonly string[];
}

/** A deployment at the code host: a commit that an environment runs now. */
export interface DeploymentNote {
  /** Identifies the deployment, so that a second attempt creates no other one. */
  readonly marker: string;
  readonly environment: string;
  /** The commit. */
  readonly ref: string;
  readonly description: string;
  /** The page of the run. */
  readonly page?: string;
  /** Where the environment can be seen. */
  readonly url?: string;
}

/** The result of writing a note. `refused`: the token must not write it, or the run has no pull request. */
export type NoteResult =
  | { readonly kind: 'created' | 'updated' | 'closed'; readonly url: string }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly why: string };

/** The code host that the run belongs to. */
export interface CodeHost {
  /**
   * Writes a comment to the pull request of the run, or replaces the one with the same marker and author.
   *
   * @throws OutsideError if the code host fails after retries
   */
  comment(token: string, note: Note): Promise<NoteResult>;
  /**
   * Opens an issue, or updates the open one with the same marker and author.
   *
   * @throws OutsideError if the code host fails after retries
   */
  issue(token: string, note: IssueNote): Promise<NoteResult>;
  /**
   * Creates a deployment with a successful status.
   *
   * @throws OutsideError if the code host fails after retries
   */
  deployment(token: string, note: DeploymentNote): Promise<NoteResult>;
}

/**
 * The interface to everything outside the process. There is one implementation for GitHub and a fake one for tests.
 */
export interface Runtime {
  /** The values of the inputs by name. An absent input has no entry. */
  readonly given: Readonly<Record<string, string>>;
  readonly env: Environment;
  /** The absolute path of the checked-out repository. */
  readonly workspace: string;
  /** The absolute path of a folder that exists until the end of the job. */
  readonly temp: string;
  /** The absolute path of the image set, if no input names another. Default: `towpath` in the temporary folder. */
  readonly imageSet?: string;
  readonly log: Log;
  readonly exec: Exec;
  readonly clock: Clock;
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Returns an OIDC token of the job for an audience. Undefined if the job may not request tokens. */
  readonly idToken?: (audience: string) => Promise<string>;
  /** Undefined if the run has no code host with comments. */
  readonly codeHost?: CodeHost;
  setOutput(name: string, value: string): void;
  /** Keeps a value until the job ends. {@link Action.tidyUp} receives it. */
  keep(name: string, value: string): void;
  /** Adds Markdown to the summary of the run, if there is one. */
  summarise(markdown: string): Promise<void>;
}
