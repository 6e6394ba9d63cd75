import type { Action } from '@towpath/flow';
import { Session } from '@towpath/session';
import { execute, type BoardFiles } from './execute.ts';
import { facts, type BoardFacts } from './facts.ts';
import { inputs, type BoardInputs } from './inputs.ts';
import { describe, plan, type BoardPlan } from './plan.ts';
import { report } from './report.ts';

/** Shows the images of all environments. Reads registries, and writes only files. */
export const board: Action<BoardInputs, BoardFacts, BoardPlan, BoardFiles, Session> = {
  name: 'board',
  inputs,
  open: ({ region }, runtime) => new Session(runtime, { region }),
  facts,
  plan,
  describe,
  execute,
  report,
};
