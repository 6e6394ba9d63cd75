import { githubHost, run } from '@towpath/github';
import { promote } from './action.ts';

void run(promote, { codeHost: githubHost });
