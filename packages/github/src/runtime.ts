import * as core from '@actions/core';
import type { Runtime } from '@towpath/flow';
import { setTimeout } from 'node:timers/promises';
import { exec } from './exec.ts';
import { stepLog } from './log.ts';
import { cutSummary } from './summary.ts';

/** The Runtime of a step that a GitHub Actions runner has started. */
export function githubRuntime(): Runtime {
  const { env } = process;
  const { signal } = cancellation();
  return {
    given: givenInputs(env),
    env,
    workspace: env.GITHUB_WORKSPACE ?? process.cwd(),
    temp: env.RUNNER_TEMP ?? process.cwd(),
    log: stepLog(),
    exec,
    clock: {
      now: () => new Date(),
      sleep: (milliseconds) => setTimeout(milliseconds, undefined, { signal }),
    },
    signal,
    setOutput: (name, value) => {
      core.setOutput(name, value);
    },
    summarise: async (markdown) => {
      if (env.GITHUB_STEP_SUMMARY !== undefined) await core.summary.addRaw(cutSummary(markdown)).write();
    },
  };
}

/** The runner hands `with:` over as variables: `INPUT_`, upper case, spaces as `_`, dashes as they are. */
function givenInputs(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env)
      .filter(([name, value]) => name.startsWith('INPUT_') && value !== undefined && value.trim() !== '')
      .map(([name, value]) => [name.slice('INPUT_'.length).toLowerCase(), value ?? '']),
  );
}

/** The runner cancels by SIGINT and, 7.5 s later, SIGTERM: the first is a wish, the second ends the process. */
function cancellation(): AbortController {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort(new Error('cancelled by SIGINT'));
  });
  return controller;
}
