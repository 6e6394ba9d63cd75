export { githubHost } from './code-host.ts';
export { run } from './run.ts';
