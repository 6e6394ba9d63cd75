import type { Action, CommonInputs, Report, Runtime } from '@towpath/flow';
import { Session } from '@towpath/session';

interface Reading<I extends CommonInputs, F> {
  readonly name: string;
  readonly inputs: Action<I, F, F, undefined, Session>['inputs'];
  readonly facts: (
    inputs: I & { readonly region?: string | undefined },
    session: Session,
    runtime: Runtime,
  ) => Promise<F>;
  readonly report: (facts: F) => Report;
}

/** Returns an action that only reads and reports. */
export function readingAction<I extends CommonInputs & { readonly region: string | undefined }, F>({
  name,
  inputs,
  facts,
  report,
}: Reading<I, F>): Action<I, F, F, undefined, Session> {
  return {
    name,
    inputs,
    open: ({ region }, runtime) => new Session(runtime, { region }),
    facts,
    plan: (_, found) => found,
    describe: () => undefined,
    execute: () => Promise.resolve(undefined),
    report,
  };
}
