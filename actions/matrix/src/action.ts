import type { Action } from '@towpath/flow';
import { Session } from '@towpath/session';
import { facts, type MatrixFacts } from './facts.ts';
import { inputs, type MatrixInputs } from './inputs.ts';
import { describe, plan, type MatrixPlan } from './plan.ts';
import { report } from './report.ts';

/** Plans the jobs that build the images of a change. Writes nothing. */
export const matrix: Action<MatrixInputs, MatrixFacts, MatrixPlan, undefined, Session> = {
  name: 'matrix',
  inputs,
  open: ({ region }, runtime) => new Session(runtime, { region }),
  facts,
  plan,
  describe,
  execute: () => Promise.resolve(undefined),
  report,
};
