import { run } from '@towpath/github';
import { build } from './action.ts';

await run(build);
