import { runAction, type Action } from '@towpath/flow';
import { githubRuntime } from './runtime.ts';

/** Runs an action as a step of a GitHub Actions job; the exit code tells the runner how it went. */
export async function run<I extends { readonly dryRun: boolean }, F, P, R>(
  action: Action<I, F, P, R>,
): Promise<void> {
  process.exitCode = (await runAction(action, githubRuntime())) ? 0 : 1;
}
