import { githubHost, run } from '@towpath/github';

void run(async () => (await import('./action.ts')).promote, { codeHost: githubHost });
