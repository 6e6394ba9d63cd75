import type { Problem } from '@towpath/errors';
import { Markdown, md } from '@towpath/markdown';
import { fakeRuntime, type FakeOptions, type FakeRuntime } from '@towpath/testing/fake-runtime';
import type { Action, Closable, Report } from '../action.ts';
import { flag, optional, pairs, readInputs, required, text, withDefault } from '../inputs.ts';
import type { Journal } from '../journal.ts';
import { runAction } from '../run-action.ts';
import type { Runtime } from '../runtime.ts';

interface TowInputs {
  readonly version: string;
  readonly dryRun: boolean;
  readonly planOut: string | undefined;
}

export type Tow = Action<TowInputs, string, readonly string[], number, Closable>;

const inputs = readInputs(
  {
    version: required(text),
    'dry-run': withDefault(flag, false),
    'plan-out': optional(text),
    'build-args': optional(pairs),
  },
  (values): TowInputs => ({
    version: values.version,
    dryRun: values['dry-run'],
    planOut: values['plan-out'],
  }),
);

/** An action that tows two barges. A test can replace its parts. */
export function tow(parts: Partial<Tow> = {}): Tow {
  return {
    name: 'tow',
    inputs,
    open: () => ({ close: () => Promise.resolve() }),
    facts: ({ version }) => Promise.resolve(`barge ${version}`),
    plan: (_, barge) => [`${barge} a`, `${barge} b`],
    describe: (plan) => plan.map((barge) => ({ what: `tow ${barge}`, why: 'it is not there' })),
    execute: (plan) => Promise.resolve(plan.length),
    report: (_, count) => ({ outputs: { count: String(count) }, summary: md`${count} towed` }),
    ...parts,
  };
}

/** Runs the action with a version, or with the inputs of the test. */
export async function run(
  parts: Partial<Tow>,
  options: FakeOptions = {},
): Promise<{ green: boolean; runtime: FakeRuntime }> {
  const runtime = fakeRuntime({ given: { version: '1.0.0' }, ...options });
  return { green: await runAction(tow(parts), runtime), runtime };
}

export function refusing(problems: readonly Problem[]): Partial<Tow> {
  return {
    report: (): Report => ({
      outputs: {},
      summary: new Markdown('held'),
      refusals: problems,
    }),
  };
}

export function failing(error: unknown): Partial<Tow> {
  return {
    execute: (_plan: unknown, _session: Closable, _runtime: Runtime, journal: Journal) => {
      journal.wrote('tag a in barges');
      throw error as Error;
    },
  };
}
