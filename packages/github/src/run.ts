import type { Action, Closable, CommonInputs } from '@towpath/flow';
import { runAction } from '@towpath/flow/run-action';
import { saveState } from '@actions/core';
import { githubRuntime, type Extras } from './runtime.ts';
import { unsupportedRunner } from './supported-runner.ts';

/**
 * The prefix of variables with the saved state of a step. The post step receives them (actions/runner,
 * StepsRunner.cs).
 */
const statePrefix = 'STATE_';

/** Saved by every step. If it is set, this is the post step. */
const overMark = 'towpath-step-is-over';

/**
 * Runs an action as a step of a GitHub Actions job, or its cleanup at the end of the job. The exit code reports the
 * result to the runner.
 *
 * The action is loaded here, so that signals are handled while most of the bundle is read and compiled.
 *
 * Bundles call this without `await`: ncc wraps a module with top-level `await` into nested functions, which V8 parses
 * again. This takes a fifth of the load time of a bundle.
 */
export async function run<I extends CommonInputs, F, P, R, S extends Closable>(
  load: () => Promise<Action<I, F, P, R, S>>,
  extras: Extras = {},
): Promise<void> {
  const runtime = githubRuntime(extras);
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith(statePrefix) && value !== undefined ? [[name.slice(statePrefix.length), value]] : [],
  );
  const { [overMark]: isOver, ...own } = Object.fromEntries(kept) as Record<string, string>;
  if (isOver !== undefined) {
    // Most steps kept nothing. The job does not wait until their action is loaded once more.
    if (Object.values(own).some((value) => value !== '')) await (await load()).tidyUp?.(own, runtime);
    return;
  }
  saveState(overMark, 'true');
  const action = await load();
  process.exitCode = (await runAction(refuseUnsupported(action, runtime.env), runtime)) ? 0 : 1;
}

/** Returns the action. On an unsupported runner, returns one that fails before it reads an input. */
function refuseUnsupported<I extends CommonInputs, F, P, R, S extends Closable>(
  action: Action<I, F, P, R, S>,
  env: NodeJS.ProcessEnv,
): Action<I, F, P, R, S> {
  const problem = unsupportedRunner(env);
  if (problem === undefined) return action;
  return { ...action, inputs: { ...action.inputs, read: () => ({ problems: [problem] }) } };
}
