import { formatBytes } from '@towpath/markdown';
import { bundleSizes, overBudget } from '@towpath/release';
import { basename } from 'node:path';
import { bundle } from './bundle.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node tools/bundle/main.ts actions/NAME');
const contents = await bundle(folder);
const sizes = (await bundleSizes('.')).filter(({ action }) => action === basename(folder));
const largest = [...contents].slice(0, 5).map(([name, bytes]) => `${name} ${formatBytes(bytes)}`);
const size = sizes.map(({ bytes, budget }) => `${formatBytes(bytes)} of ${formatBytes(budget)}`).join();
process.stdout.write(`${folder}: ${size}. Largest parts: ${largest.join(', ')}\n`);
for (const { message, hint } of overBudget(sizes)) {
  process.stderr.write(`${message} ${hint}\n`);
  process.exitCode = 1;
}
