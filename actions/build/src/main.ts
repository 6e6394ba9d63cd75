import { run } from '@towpath/github';
import { build } from './action.ts';

void run(build);
