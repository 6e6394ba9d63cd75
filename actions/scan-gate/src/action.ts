import type { Action } from '@towpath/flow';
import { execute, type GateResult } from './execute.ts';
import { facts, type GateFacts } from './facts.ts';
import { inputs, type GateInputs } from './inputs.ts';
import { describe, plan, type GatePlan } from './plan.ts';
import { report } from './report.ts';

/** Lets through what ECR found clean. */
export const scanGate: Action<GateInputs, GateFacts, GatePlan, GateResult> = {
  name: 'scan-gate',
  inputs,
  facts,
  plan,
  describe,
  execute,
  report,
};
