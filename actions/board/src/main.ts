import { run } from '@towpath/github';

void run(async () => (await import('./action.ts')).board);
