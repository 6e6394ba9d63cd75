import { run } from '@towpath/github';
import { publish } from './action.ts';

await run(publish);
