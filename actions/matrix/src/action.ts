import type { Action } from '@towpath/flow';
import { Session } from '@towpath/session';
import { execute, type MatrixResult } from './execute.ts';
import { facts, type MatrixFacts } from './facts.ts';
import { inputs, type MatrixInputs } from './inputs.ts';
import { describe, plan, type MatrixPlan } from './plan.ts';
import { report } from './report.ts';

/** Plans the jobs that build the images of a change. Writes nothing but files for these jobs. */
export const matrix: Action<MatrixInputs, MatrixFacts, MatrixPlan, MatrixResult, Session> = {
  name: 'matrix',
  inputs,
  open: ({ region }, runtime) => new Session(runtime, { region }),
  facts,
  plan,
  describe,
  execute: (plan, _session, runtime, journal) => execute(plan, runtime, journal),
  report,
};
