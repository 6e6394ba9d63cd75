import type { Action } from '@towpath/flow';
import { execute, type BuildResult } from './execute.ts';
import { facts, type BuildFacts } from './facts.ts';
import { inputs, type BuildInputs } from './inputs.ts';
import { describe, plan, type BuildPlan } from './plan.ts';
import { report } from './report.ts';
import { tidyUp } from './run/tidy-up.ts';

/** From a repository to an image set. */
export const build: Action<BuildInputs, BuildFacts, BuildPlan, BuildResult> = {
  name: 'build',
  inputs,
  facts,
  plan,
  describe,
  execute,
  report,
  tidyUp,
};
