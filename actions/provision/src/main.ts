import { githubHost, run } from '@towpath/github';

void run(async () => (await import('./action.ts')).provision, { codeHost: githubHost });
