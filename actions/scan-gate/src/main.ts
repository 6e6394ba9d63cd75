import { run } from '@towpath/github';
import { scanGate } from './action.ts';

await run(scanGate);
