import { CodedError, formatPosition, OutsideError, type Problem } from '@towpath/errors';
import { bullets, code, heading, listing, md, page, type Markdown } from '@towpath/markdown';
import { requireWritableFile } from '@towpath/files';
import { setImmediate } from 'node:timers/promises';
import type { Action, Closable, CommonInputs, PlannedStep } from './action.ts';
import { Journal } from './journal.ts';
import { plainCopy } from './plain-copy.ts';
import { writePlan } from './plan-file.ts';
import type { Runtime } from './runtime.ts';

/**
 * Runs an action from its inputs to its report. A run ends in one of four ways:
 *
 * - a report: success, or failure because of refusals
 * - an error that the user can fix
 * - a failed external call
 * - a bug in Towpath
 *
 * @returns whether the step succeeds
 */
export async function runAction<I extends CommonInputs, F, P, R, S extends Closable>(
  action: Action<I, F, P, R, S>,
  runtime: Runtime,
): Promise<boolean> {
  const journal = new Journal();
  const over = new AbortController();
  try {
    const inputs = readInputs(action, runtime);
    const ending = endingWith(runtime, over.signal);
    const session = await action.open(inputs, ending);
    try {
      return await follow(action, inputs, session, ending, journal);
    } catch (error) {
      if (!inputs.dryRun && !runtime.signal.aborted) await record(action, error, session, ending, journal);
      throw error;
    } finally {
      // Stop what is still running before its folders are removed.
      over.abort();
      await close(session, runtime);
    }
  } catch (error) {
    await endWith(runtime.signal.aborted ? cancelled(error) : error, action.name, runtime, journal);
    return false;
  }
}

/** Returns a runtime whose programs and sleeps also end when `over` is aborted. */
function endingWith(runtime: Runtime, over: AbortSignal): Runtime {
  const either = (signal: AbortSignal | undefined) =>
    signal === undefined ? over : AbortSignal.any([signal, over]);
  const { exec, clock, signal } = runtime;
  return {
    ...runtime,
    signal: either(signal),
    exec: (program, args, options) => exec(program, args, { ...options, signal: either(options?.signal) }),
    clock: {
      now: () => clock.now(),
      sleep: (milliseconds, other) => clock.sleep(milliseconds, either(other)),
    },
  };
}

/** @throws CodedError `input-invalid` that lists every invalid input */
function readInputs<I extends CommonInputs, F, P, R, S extends Closable>(
  { name, inputs }: Action<I, F, P, R, S>,
  { given }: Runtime,
): I {
  const reading = inputs.read(given);
  if ('value' in reading) return reading.value;
  throw CodedError.of(reading.problems, (count) => `${name} has ${count} invalid inputs.`);
}

/** Lets the action record why it fails. A failure of that does not hide the reason. */
async function record<I extends CommonInputs, F, P, R, S extends Closable>(
  { recordFailure }: Action<I, F, P, R, S>,
  reason: unknown,
  session: S,
  runtime: Runtime,
  journal: Journal,
): Promise<void> {
  try {
    await recordFailure?.(reason, session, runtime, journal);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    runtime.log.info(`This failure is not recorded: ${message}`);
    runtime.log.debug(describeStack(error));
  }
}

/** Closes the session. A failure does not change the result of the step. */
async function close(session: Closable, { log }: Runtime): Promise<void> {
  try {
    await session.close();
  } catch (error) {
    const message = `Temporary files of this step could not be removed: ${error instanceof Error ? error.message : String(error)}`;
    log.annotate({ level: 'warning', message });
  }
}

async function follow<I extends CommonInputs, F, P, R, S extends Closable>(
  action: Action<I, F, P, R, S>,
  inputs: I,
  session: S,
  runtime: Runtime,
  journal: Journal,
): Promise<boolean> {
  const { plan, steps } = await makePlan(action, inputs, session, runtime);
  if (inputs.dryRun) {
    await runtime.summarise(describeDryRun(action.name, steps).toString());
    runtime.log.info('Dry run: nothing was done.');
    return true;
  }

  await heed(runtime);
  const report = action.report(plan, await action.execute(plan, session, runtime, journal));
  for (const [name, value] of Object.entries(report.outputs)) runtime.setOutput(name, value);
  for (const annotation of report.annotations ?? []) runtime.log.annotate(annotation);
  await runtime.summarise(report.summary.toString());
  const refusals = report.refusals ?? [];
  tellProblems(refusals, runtime);
  return refusals.length === 0;
}

/** Makes a plan from facts, and shows it. The facts can be large, so nothing keeps them after it. */
async function makePlan<I extends CommonInputs, F, P, R, S extends Closable>(
  action: Action<I, F, P, R, S>,
  inputs: I,
  session: S,
  runtime: Runtime,
): Promise<{ readonly plan: P; readonly steps: readonly PlannedStep[] }> {
  if (inputs.planOut !== undefined) await requireWritableFile(runtime.workspace, inputs.planOut);
  const facts = await action.facts(inputs, session, runtime);
  await heed(runtime);
  // Execute exactly the data that a plan file contains.
  const plan = plainCopy(action.plan(inputs, facts)) as P;
  const described = action.describe(plan);
  const steps = described ?? [];
  const title = `Plan: ${action.name}`;
  const diff = action.diff?.(plan);
  if (diff !== undefined) runtime.log.diff(title, diff);
  else if (described !== undefined)
    runtime.log.group(title, steps.length === 0 ? ['Nothing to do.'] : steps.map(describeStep));
  if (inputs.planOut !== undefined) {
    const shown = action.inputs.shown(runtime.given);
    await writePlan(inputs.planOut, { action: action.name, inputs: shown, facts, steps, plan }, runtime);
    runtime.log.info(`The plan is in ${inputs.planOut}.`);
  }
  return { plan, steps };
}

/**
 * Ends a cancelled run before its next part begins. Node.js handles signals only between two turns of its event loop.
 *
 * @throws the signal's reason
 */
async function heed({ signal }: Runtime): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

function describeStep({ what, why }: PlannedStep): string {
  return `${what} (${why})`;
}

function describeDryRun(name: string, steps: readonly PlannedStep[]): Markdown {
  return page(
    heading(3, `${name}: dry run, nothing was done`),
    steps.length === 0 ? 'Nothing to do.' : bullets(steps.map(({ what, why }) => md`${what} (${why})`)),
  );
}

/** Returns the error of a cancelled run. An action can supply one that says what is missing. */
function cancelled(cause: unknown): CodedError {
  if (cause instanceof CodedError && cause.code === 'cancelled') return cause;
  return new CodedError('cancelled', 'The run was cancelled.', {
    cause,
    hint: 'Run it again: it continues where it stopped.',
  });
}

/** Reports the error in the log, in the outputs and in the summary. */
async function endWith(error: unknown, name: string, runtime: Runtime, journal: Journal): Promise<void> {
  const known = error instanceof CodedError ? error : undefined;
  const problems = firstOf(known?.problems ?? [internal(error)]);
  if (known === undefined) runtime.log.group('Stack, for the report', describeStack(error).split('\n'));
  else runtime.log.debug(describeStack(known));

  const notes = [...(known instanceof OutsideError ? describeOutside(known) : []), describeWritten(journal)];
  const written = journal.entries;
  for (const line of [...notes, ...written.map((entry) => `  ${entry}`)]) runtime.log.info(line);
  if (problems.length > 1 && known !== undefined) runtime.log.info(known.message);
  tellProblems(problems, runtime);
  await runtime.summarise(describeEnding(name, problems, notes, written).toString());
}

/** The maximum number of problems to show. The others are only counted. */
const maxProblems = 50;

function firstOf(problems: readonly Problem[]): readonly Problem[] {
  const [first] = problems;
  if (first === undefined || problems.length <= maxProblems) return problems;
  const more = `${problems.length - maxProblems} more problems are not shown.`;
  return [...problems.slice(0, maxProblems), { code: first.code, message: more }];
}

function tellProblems(problems: readonly Problem[], runtime: Runtime): void {
  for (const { code: problemCode, message, hint, position } of problems) {
    const where = position === undefined ? '' : `${formatPosition(position)}: `;
    runtime.log.annotate({
      level: 'error',
      title: problemCode,
      message: `${where}${sentences(message, hint)} [${problemCode}]`,
      position,
    });
  }
  runtime.setOutput('failure-reason', problems[0]?.code ?? '');
  runtime.setOutput('problems', JSON.stringify(problems.map(toOutput)));
}

/** Returns a problem as an entry of the output `problems`. The names of its keys are public. */
function toOutput({ position, ...problem }: Problem): object {
  return position === undefined ? problem : { ...problem, place: position };
}

/**
 * Joins the message and the hint with a line break, or in one line. AWS messages do not always end with a full stop.
 */
function sentences(message: string, hint: string | undefined): string {
  if (hint === undefined) return message;
  if (message.includes('\n')) return `${message}\n${hint}`;
  return `${message}${/[.!?:\u2026]$/.test(message) ? '' : '.'} ${hint}`;
}

function internal(error: unknown): Problem {
  return {
    code: 'internal-error',
    message: `Internal error: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'This is a defect of Towpath. Please report it with the stack above.',
  };
}

function describeStack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\nCaused by: ${describeStack(error.cause)}`;
}

function describeOutside({ operation, requestId }: OutsideError): string[] {
  if (operation === undefined) return [];
  return [`Failed call: ${operation}${requestId === undefined ? '' : `, request id ${requestId}`}`];
}

function describeWritten({ entries }: Journal): string {
  return entries.length === 0
    ? 'Nothing was written.'
    : 'Written before this happened (running again is safe):';
}

function describeEnding(
  name: string,
  problems: readonly Problem[],
  notes: readonly string[],
  written: readonly string[],
): Markdown {
  const items = problems.map(({ code: problemCode, message, hint, position }) => {
    const where = position === undefined ? '' : md`${code(formatPosition(position))} `;
    const [first = '', ...printed] = message.split('\n');
    const item = md`${where}${sentences(first, hint)} ${code(problemCode)}`;
    return printed.length === 0 ? item : md`${item}${listing(printed)}`;
  });
  const list = written.length === 0 ? undefined : bullets(written);
  return page(heading(3, `${name} failed`), bullets(items), ...notes, list);
}
