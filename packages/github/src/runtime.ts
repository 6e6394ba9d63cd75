import * as core from '@actions/core';
import type { CodeHost, Log, Runtime } from '@towpath/flow';
import { cancellation, ensureHome, executor, systemClock } from '@towpath/process';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { stepLog } from './log.ts';
import { summaryCutter } from './summary.ts';

/** Parts of the Runtime that only some actions have, so that the bundles of the others do not contain them. */
export interface Extras {
  /** For actions that write comments or issues: `githubHost`. */
  readonly codeHost?: (port: Pick<Runtime, 'env' | 'clock' | 'signal' | 'log'>) => CodeHost;
}

/** Returns the Runtime of a step on a GitHub Actions runner. */
export function githubRuntime({ codeHost }: Extras = {}): Runtime {
  const { env } = process;
  const signal = cancellation();
  const log = stepLog(env);
  const clock = systemClock(signal);
  const temp = env.RUNNER_TEMP ?? tmpdir();
  ensureHome(env, temp);
  return {
    given: givenInputs(env),
    env,
    workspace: env.GITHUB_WORKSPACE ?? process.cwd(),
    temp,
    log,
    exec: executor(signal),
    clock,
    signal,
    // The runner sets both if the job has `permissions: id-token: write`.
    ...(env.ACTIONS_ID_TOKEN_REQUEST_URL &&
      env.ACTIONS_ID_TOKEN_REQUEST_TOKEN && { idToken: (audience) => core.getIDToken(audience) }),
    ...(codeHost !== undefined && { codeHost: codeHost({ env, clock, signal, log }) }),
    setOutput: (name, value) => {
      core.setOutput(name, value);
    },
    keep: (name, value) => {
      core.saveState(name, value);
    },
    summarise: summariser(env.GITHUB_STEP_SUMMARY, log),
  };
}

/**
 * Reads the inputs from variables. The runner passes `with:` as `INPUT_` and the name in upper case, with `_` for
 * spaces and dashes unchanged.
 */
function givenInputs(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env)
      .filter(([name, value]) => name.startsWith('INPUT_') && value !== undefined)
      .map(([name, value]) => [name.slice('INPUT_'.length).toLowerCase(), value ?? '']),
  );
}

/**
 * Returns a function that writes the summary. A failed write does not fail the step, because the log and the outputs
 * contain the same data.
 */
function summariser(file: string | undefined, log: Log): Runtime['summarise'] {
  if (file === undefined) return () => Promise.resolve();
  const cut = summaryCutter();
  return async (markdown) => {
    const { shown, rest } = cut(`${markdown}\n`);
    if (rest !== '') log.group('The rest of the summary', rest.split('\n'));
    await appendFile(file, shown).catch((error: unknown) => {
      log.info(`The summary cannot be written: ${String(error)}`);
    });
  };
}
