import { run } from '@towpath/github';
import { matrix } from './action.ts';

void run(matrix);
