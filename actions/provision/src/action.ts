import type { Action } from '@towpath/flow';
import { Session } from '@towpath/session';
import { execute, type ProvisionResult } from './execute.ts';
import { facts, type ProvisionFacts } from './facts.ts';
import { inputs, type ProvisionInputs } from './inputs.ts';
import { describe, plan, type ProvisionPlan } from './plan.ts';
import { report } from './report.ts';

/** Creates and changes repositories as the configuration describes them. */
export const provision: Action<ProvisionInputs, ProvisionFacts, ProvisionPlan, ProvisionResult, Session> = {
  name: 'provision',
  inputs,
  open: ({ region }, runtime) => new Session(runtime, { region }),
  facts,
  plan,
  describe,
  execute,
  report,
};
