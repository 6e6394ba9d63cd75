import type { CodeHost, Runtime } from '@towpath/flow';

/** Returns the comments and issues of the repository of the run. Loads their code when a step writes one. */
export function githubHost(runtime: Pick<Runtime, 'env' | 'clock' | 'signal' | 'log'>): CodeHost {
  const host = async (): Promise<CodeHost> => (await import('./code-host.ts')).openHost(runtime);
  return {
    comment: async (token, note) => (await host()).comment(token, note),
    issue: async (token, note) => (await host()).issue(token, note),
    deployment: async (token, note) => (await host()).deployment(token, note),
  };
}
