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

/**
 * The shape of every action: read inputs and facts, make a pure plan, execute it through one Runtime, report.
 *
 * @typeParam I the inputs, parsed once
 * @typeParam F the facts: everything read from outside before deciding
 * @typeParam P the plan: data alone
 * @typeParam R the result: what the execution found and did
 */
export interface Action<I extends { readonly dryRun: boolean }, F, P, R> {
  readonly name: string;
  readonly inputs: InputsSpec<I>;
  /** Reads, and never writes outside. */
  readonly facts: (inputs: I, runtime: Runtime) => Promise<F>;
  readonly plan: (inputs: I, facts: F) => P;
  /** The plan in words, in the order of execution: what `dry-run` prints. */
  readonly describe: (plan: P) => readonly PlannedStep[];
  /** The only writer. */
  readonly execute: (plan: P, runtime: Runtime, journal: Journal) => Promise<R>;
  readonly report: (plan: P, result: R) => Report;
  /**
   * Removes, when the job ends, what the action has left on the machine for its later steps.
   *
   * @param kept what it has kept by {@link Runtime.keep}
   */
  readonly tidyUp?: (kept: Readonly<Record<string, string>>, runtime: Runtime) => Promise<void>;
}
