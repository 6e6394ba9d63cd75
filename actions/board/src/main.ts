import { run } from '@towpath/github';
import { board } from './action.ts';

void run(board);
