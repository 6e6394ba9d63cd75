import type { Action, Closable, CommonInputs, InputForm, Runtime } from '@towpath/flow';

/** An action that is loaded. */
export interface LoadedAction {
  readonly forms: Readonly<Record<string, InputForm>>;
  /** @returns whether it succeeds */
  readonly run: (runtime: Runtime) => Promise<boolean>;
  /** The output to print as it is, instead of the summary, if it is set. */
  readonly printed?: string;
  /** Whether the summary follows the printed output. */
  readonly hasSummary?: boolean;
  readonly tidyUp: ((kept: Readonly<Record<string, string>>, runtime: Runtime) => Promise<void>) | undefined;
}

/** A command that runs an action. */
export interface ActionCommand {
  /** The name of the command, and of the folder of the action. */
  readonly name: string;
  /** The values of inputs that have another default here. */
  readonly defaults?: Readonly<Record<string, string>>;
  readonly load: () => Promise<LoadedAction>;
}

/** The actions that are commands. A new action needs one line here, and `npm run docs`. */
export const actionCommands: readonly ActionCommand[] = [
  { name: 'lint', load: async () => loaded((await import('@towpath/action-lint')).lint) },
  { name: 'matrix', load: async () => loaded((await import('@towpath/action-matrix')).matrix) },
  { name: 'build', load: async () => loaded((await import('@towpath/action-build')).build) },
  { name: 'publish', load: async () => loaded((await import('@towpath/action-publish')).publish) },
  { name: 'scan-gate', load: async () => loaded((await import('@towpath/action-scan-gate')).scanGate) },
  { name: 'promote', load: async () => loaded((await import('@towpath/action-promote')).promote) },
  { name: 'provision', load: async () => loaded((await import('@towpath/action-provision')).provision) },
  {
    name: 'board',
    defaults: { folder: 'towpath-board' },
    load: async () => loaded((await import('@towpath/action-board')).board),
  },
];

/**
 * Inputs that are no flags. Comments, issues and deployments need the token of a GitHub job. A secret on a command line is
 * visible to other processes: builds take secrets from environment variables.
 */
export const omittedInputs: ReadonlySet<string> = new Set([
  'comment',
  'issue',
  'token',
  'environment-url',
  'secrets',
]);

/** Returns an action without its types, so that all actions have one. */
export function loaded<I extends CommonInputs, F, P, R, S extends Closable>(
  action: Action<I, F, P, R, S>,
): LoadedAction {
  return {
    forms: action.inputs.forms,
    run: async (runtime) => (await import('@towpath/flow')).runAction(action, runtime),
    tidyUp: action.tidyUp,
  };
}
