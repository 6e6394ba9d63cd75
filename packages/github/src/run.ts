import { runAction, type Action, type Closable, type CommonInputs } from '@towpath/flow';
import { saveState } from '@actions/core';
import { githubRuntime } from './runtime.ts';
import { unsupportedRunner } from './supported-runner.ts';

/** What a step keeps comes back in its post step, in variables with this prefix (actions/runner, StepsRunner.cs). */
const statePrefix = 'STATE_';

/** Kept by every step: where it is there, the step itself is over. */
const overMark = 'towpath-step-is-over';

/**
 * Runs an action as a step of a GitHub Actions job, or at the job's end its tidying up; the exit code tells the runner
 * how it went.
 *
 * A bundle starts it and does not await it: ncc wraps a module that awaits at its top into functions within functions,
 * each of which V8 parses anew, a fifth of the time that a bundle takes to load.
 */
export async function run<I extends CommonInputs, F, P, R, S extends Closable>(
  action: Action<I, F, P, R, S>,
): Promise<void> {
  const runtime = githubRuntime();
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith(statePrefix) && value !== undefined ? [[name.slice(statePrefix.length), value]] : [],
  );
  const { [overMark]: isOver, ...own } = Object.fromEntries(kept) as Record<string, string>;
  if (isOver !== undefined) {
    await action.tidyUp?.(own, runtime);
    return;
  }
  saveState(overMark, 'true');
  process.exitCode = (await runAction(refuseUnsupported(action, runtime.env), runtime)) ? 0 : 1;
}

/** Returns the action, or on a runner that is not supported one that fails before it reads an input. */
function refuseUnsupported<I extends CommonInputs, F, P, R, S extends Closable>(
  action: Action<I, F, P, R, S>,
  env: NodeJS.ProcessEnv,
): Action<I, F, P, R, S> {
  const problem = unsupportedRunner(env);
  if (problem === undefined) return action;
  return { ...action, inputs: { ...action.inputs, read: () => ({ problems: [problem] }) } };
}
