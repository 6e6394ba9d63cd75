import { formatBytes } from '@towpath/markdown';
import { bundleSize, overBudget } from '@towpath/release';
import { bundle } from './bundle.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node tools/bundle/main.ts actions/NAME');
const contents = await bundle(folder);
// Others may be written at the same time.
const size = await bundleSize(folder);
const largest = [...contents].slice(0, 5).map(([name, bytes]) => `${name} ${formatBytes(bytes)}`);
const used = `${formatBytes(size.bytes)} of ${formatBytes(size.budget)}`;
process.stdout.write(`${folder}: ${used}. Largest parts: ${largest.join(', ')}\n`);
for (const { message, hint } of overBudget([size])) {
  process.stderr.write(`${message} ${hint}\n`);
  process.exitCode = 1;
}
