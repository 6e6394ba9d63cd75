import type { Action, Annotation, Journal, Runtime } from '@towpath/flow';
import { commentOf, writeComment } from './comment.ts';
import { diffOf } from './diff.ts';
import { execute, type ProvisionResult } from './execute.ts';
import { facts, type ProvisionFacts } from './facts.ts';
import { inputs, type ProvisionInputs } from './inputs.ts';
import { describe, plan, type ProvisionPlan } from './plan.ts';
import { report } from './report.ts';
import { ProvisionSession } from './session.ts';

/** The result, with what the reader must know about the comment. */
interface CommentedResult extends ProvisionResult {
  readonly notices: readonly Annotation[];
}

/** Creates and changes repositories as the configuration describes them. */
export const provision: Action<
  ProvisionInputs,
  ProvisionFacts,
  ProvisionPlan,
  CommentedResult,
  ProvisionSession
> = {
  name: 'provision',
  inputs,
  open: (given, runtime) => new ProvisionSession(runtime, given),
  facts,
  plan,
  describe,
  diff: diffOf,
  execute: executeAndComment,
  report: (planned, { notices, ...result }) => {
    const { annotations = [], ...others } = report(planned, result);
    return { ...others, annotations: [...annotations, ...notices] };
  },
};

async function executeAndComment(
  planned: ProvisionPlan,
  session: ProvisionSession,
  runtime: Runtime,
  journal: Journal,
): Promise<CommentedResult> {
  const result = await execute(planned, session, runtime, journal);
  if (planned.comment === undefined) return { ...result, notices: [] };
  const note = commentOf(report(planned, result).summary, planned.comment.run);
  return { ...result, notices: await writeComment(note, session.token, runtime, journal) };
}
