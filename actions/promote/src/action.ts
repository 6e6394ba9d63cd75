import type { Action } from '@towpath/flow';
import { Session } from '@towpath/session';
import { execute, type PromoteResult } from './execute.ts';
import { facts, type PromoteFacts } from './facts.ts';
import { inputs, type PromoteInputs } from './inputs.ts';
import { describe, plan, type PromotePlan } from './plan.ts';
import { report } from './report.ts';

/** Promotes images from one environment to the next, by digest. */
export const promote: Action<PromoteInputs, PromoteFacts, PromotePlan, PromoteResult, Session> = {
  name: 'promote',
  inputs,
  open: ({ region }, runtime) => new Session(runtime, { region }),
  facts,
  plan,
  describe,
  execute,
  report,
};
