import type { Problem } from '@towpath/errors';
import type { Markdown } from '@towpath/markdown';
import type { InputsSpec } from './inputs.ts';
import type { Journal } from './journal.ts';
import type { Annotation, Runtime } from './runtime.ts';

/** One line of a plan: a step and the reason for it. */
export interface PlannedStep {
  readonly what: string;
  readonly why: string;
}

/** The summary, outputs and annotations of a step. */
export interface Report {
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: Markdown;
  readonly annotations?: readonly Annotation[];
  /**
   * The reasons why the step fails although no error occurred, e.g. findings. If empty or absent, the step succeeds.
   */
  readonly refusals?: readonly Problem[];
}

/** The inputs that every action has. */
export interface CommonInputs {
  /** Whether to stop after the plan. */
  readonly dryRun: boolean;
  /** The file to write the plan to, relative to the workspace. */
  readonly planOut: string | undefined;
}

/** A resource that is closed when the step ends. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * The structure of every action: read inputs and facts, make a plan, execute it, report.
 *
 * @typeParam I the inputs, parsed once
 * @typeParam F the facts: everything that is read before the plan is made
 * @typeParam P the plan: data that can be stored as JSON
 * @typeParam R the result of the execution
 * @typeParam S the session: clients, connections and other resources to close
 */
export interface Action<I extends CommonInputs, F, P, R, S extends Closable> {
  readonly name: string;
  readonly inputs: InputsSpec<I>;
  /** Opens the session. Sends no request and writes nothing. */
  readonly open: (inputs: I, runtime: Runtime) => S | Promise<S>;
  /** Reads the facts and writes nothing. This includes waiting, e.g. for a scan. */
  readonly facts: (inputs: I, session: S, runtime: Runtime) => Promise<F>;
  readonly plan: (inputs: I, facts: F) => P;
  /**
   * Returns the plan in words, in the order of execution. `dry-run` prints it.
   *
   * @returns undefined if the plan only leads to a report
   */
  readonly describe: (plan: P) => readonly PlannedStep[] | undefined;
  /** Returns the plan as a diff for the log, which then replaces the plan in words there. */
  readonly diff?: (plan: P) => readonly string[] | undefined;
  /** Executes the plan. Only this function writes. A plan that was read from a file gives the same result. */
  readonly execute: (plan: P, session: S, runtime: Runtime, journal: Journal) => Promise<R>;
  readonly report: (plan: P, result: R) => Report;
  /**
   * Records that the step fails. Called unless the run is cancelled or a dry run. Its own failure is only logged.
   *
   * @param error the reason
   */
  readonly recordFailure?: (error: unknown, session: S, runtime: Runtime, journal: Journal) => Promise<void>;
  /**
   * Removes, at the end of the job, what the action left on the runner for later steps.
   *
   * @param kept the values from {@link Runtime.keep}. If there are none, it need not be called.
   */
  readonly tidyUp?: (kept: Readonly<Record<string, string>>, runtime: Runtime) => Promise<void>;
}
