import { run } from '@towpath/github';
import { publish } from './action.ts';

void run(publish);
