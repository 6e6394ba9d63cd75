import type { Problem } from '@towpath/errors';
import type { Markdown } from '@towpath/markdown';
import type { InputsSpec } from './inputs.ts';
import type { Journal } from './journal.ts';
import type { Annotation, Runtime } from './runtime.ts';

/** One line of a plan: something that will be done, and the reason. */
export interface PlannedStep {
  readonly what: string;
  readonly why: string;
}

/** What an action leaves behind for people and for the next step. */
export interface Report {
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: Markdown;
  readonly annotations?: readonly Annotation[];
  /** Why the step fails although nothing broke: the gate's refusals. Empty or absent: the step is green. */
  readonly refusals?: readonly Problem[];
}

/** The inputs that every action has. */
export interface CommonInputs {
  /** Stop after the plan. */
  readonly dryRun: boolean;
  /** The file to write the plan to, relative to the workspace. */
  readonly planOut: string | undefined;
}

/** Something live that is closed when the step ends. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * The shape of every action: read inputs and facts, make a plan, execute it, report.
 *
 * @typeParam I the inputs, parsed once
 * @typeParam F the facts: everything read from outside before deciding
 * @typeParam P the plan: data that survives JSON
 * @typeParam R the result: what the execution found and did
 * @typeParam S the session: everything live, such as clients and connections
 */
export interface Action<I extends CommonInputs, F, P, R, S extends Closable> {
  readonly name: string;
  readonly inputs: InputsSpec<I>;
  /** Opens the session. It makes no request and writes nothing. */
  readonly open: (inputs: I, runtime: Runtime) => S | Promise<S>;
  /** Reads, and never writes. Waiting, e.g. for a scan, is reading. */
  readonly facts: (inputs: I, session: S, runtime: Runtime) => Promise<F>;
  readonly plan: (inputs: I, facts: F) => P;
  /** The plan in words, in the order of execution: what `dry-run` prints. */
  readonly describe: (plan: P) => readonly PlannedStep[];
  /** The only writer. A plan that was read from a file gives the same result. */
  readonly execute: (plan: P, session: S, runtime: Runtime, journal: Journal) => Promise<R>;
  readonly report: (plan: P, result: R) => Report;
  /**
   * Removes, when the job ends, what the action left on the machine for later steps of the job.
   *
   * @param kept the values that it kept by {@link Runtime.keep}
   */
  readonly tidyUp?: (kept: Readonly<Record<string, string>>, runtime: Runtime) => Promise<void>;
}
