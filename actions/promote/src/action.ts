import type { Action } from '@towpath/flow';
import { execute, type PromoteResult } from './execute.ts';
import { facts, type PromoteFacts } from './facts.ts';
import { inputs, type PromoteInputs } from './inputs.ts';
import { describe, plan, type PromotePlan } from './plan.ts';
import { recordFailure } from './record-failure.ts';
import { report } from './report.ts';
import { PromoteSession } from './session.ts';

/** Promotes images from one environment to the next, by digest. */
export const promote: Action<PromoteInputs, PromoteFacts, PromotePlan, PromoteResult, PromoteSession> = {
  name: 'promote',
  inputs,
  open: ({ region, token, environmentUrl }, runtime) =>
    new PromoteSession(runtime, { region, token, environmentUrl }),
  facts,
  plan,
  describe,
  execute,
  report,
  recordFailure,
};
