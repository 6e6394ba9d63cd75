export { githubHost } from './lazy-host.ts';
export { run } from './run.ts';
