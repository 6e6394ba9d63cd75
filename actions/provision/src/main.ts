import { run } from '@towpath/github';
import { provision } from './action.ts';

void run(provision);
