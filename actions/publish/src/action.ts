import type { Action } from '@towpath/flow';
import { Session } from '@towpath/session';
import { execute, type PublishResult } from './execute.ts';
import { facts, type PublishFacts } from './facts.ts';
import { inputs, type PublishInputs } from './inputs.ts';
import { describe, plan, type PublishPlan } from './plan.ts';
import { report } from './report.ts';

/** Publishes an image set to Amazon ECR. */
export const publish: Action<PublishInputs, PublishFacts, PublishPlan, PublishResult, Session> = {
  name: 'publish',
  inputs,
  open: ({ region }, runtime) => new Session(runtime, { region }),
  facts,
  plan,
  describe,
  execute,
  report,
};
