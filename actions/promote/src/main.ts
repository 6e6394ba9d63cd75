import { run } from '@towpath/github';
import { promote } from './action.ts';

await run(promote);
