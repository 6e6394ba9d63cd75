import type { Action } from '@towpath/flow';
import { execute, type BuildResult } from './execute.ts';
import { facts, type BuildFacts } from './facts.ts';
import { inputs, type BuildInputs } from './inputs.ts';
import { describe, plan } from './plan.ts';
import type { BuildPlan } from './build-plan.ts';
import { report } from './report.ts';
import { tidyUp } from './run/tidy-up.ts';
import { BuildSession } from './session.ts';

/** The `build` action: builds the configured images of a repository into an image set. */
export const build: Action<BuildInputs, BuildFacts, BuildPlan, BuildResult, BuildSession> = {
  name: 'build',
  inputs,
  open: (given, runtime) => BuildSession.open(given, runtime),
  facts,
  plan,
  describe,
  execute,
  report,
  tidyUp,
};
