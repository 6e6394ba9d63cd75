import { run } from '@towpath/github';
import { lint } from './action.ts';

void run(lint);
