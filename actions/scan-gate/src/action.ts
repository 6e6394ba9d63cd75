import type { Action } from '@towpath/flow';
import { execute, type Written } from './execute.ts';
import { facts, type GateFacts } from './facts.ts';
import { inputs, type GateInputs } from './inputs.ts';
import { describe, plan, type GatePlan } from './plan.ts';
import { report } from './report.ts';
import { GateSession } from './session.ts';

/** Passes images whose scans satisfy the policy. The verdict is in the plan, and only the report is written. */
export const scanGate: Action<GateInputs, GateFacts, GatePlan, Written, GateSession> = {
  name: 'scan-gate',
  inputs,
  open: (values, runtime) => new GateSession(runtime, values),
  facts,
  plan,
  describe,
  execute,
  report,
};
