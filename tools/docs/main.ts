import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { generatePages } from './pages.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const stale: string[] = [];
for (const [path, text] of await generatePages()) {
  if ((await readFile(path, 'utf8')) === text) continue;
  stale.push(path);
  if (!values.check) await writeFile(path, text);
}
if (stale.length > 0)
  process.stderr.write(`${values.check ? 'Stale, run npm run docs' : 'Written'}: ${stale.join(', ')}\n`);
process.exitCode = values.check && stale.length > 0 ? 1 : 0;
