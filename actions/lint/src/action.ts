import type { Action } from '@towpath/flow';
import { Session } from '@towpath/session';
import { execute, type LintFiles } from './execute.ts';
import { facts, type LintFacts } from './facts.ts';
import { inputs, type LintInputs } from './inputs.ts';
import { describe, plan, type LintPlan } from './plan.ts';
import { report } from './report.ts';

/** Checks Dockerfiles, and fixes what is mechanical. Asks no registry. */
export const lint: Action<LintInputs, LintFacts, LintPlan, LintFiles, Session> = {
  name: 'lint',
  inputs,
  open: (_inputs, runtime) => new Session(runtime, {}),
  facts,
  plan,
  describe,
  execute,
  report,
};
