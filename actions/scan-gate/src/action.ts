import type { Action } from '@towpath/flow';
import { Session } from '@towpath/session';
import { facts, type GateFacts } from './facts.ts';
import { inputs, type GateInputs } from './inputs.ts';
import { describe, plan, type GatePlan } from './plan.ts';
import { report } from './report.ts';

/** Passes images whose scans satisfy the policy. The action writes nothing; its plan is the verdict. */
export const scanGate: Action<GateInputs, GateFacts, GatePlan, undefined, Session> = {
  name: 'scan-gate',
  inputs,
  open: ({ region }, runtime) => new Session(runtime, { region }),
  facts,
  plan,
  describe,
  execute: () => Promise.resolve(undefined),
  report,
};
