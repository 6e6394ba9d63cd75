import type { Action } from '@towpath/flow';
import { execute, type PublishResult } from './execute.ts';
import { facts, type PublishFacts } from './facts.ts';
import { inputs, type PublishInputs } from './inputs.ts';
import { describe, plan, type PublishPlan } from './plan.ts';
import { report } from './report.ts';

/** From an image set to Amazon ECR. */
export const publish: Action<PublishInputs, PublishFacts, PublishPlan, PublishResult> = {
  name: 'publish',
  inputs,
  facts,
  plan,
  describe,
  execute,
  report,
};
