import { githubHost, run } from '@towpath/github';
import { scanGate } from './action.ts';

void run(scanGate, { codeHost: githubHost });
