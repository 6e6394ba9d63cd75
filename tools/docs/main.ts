import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { generatePages } from './pages.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const stale: string[] = [];
for (const [path, text] of await generatePages()) {
  if ((await readIfThere(path)) === text) continue;
  stale.push(path);
  if (!values.check) await writeFile(path, text);
}
if (stale.length > 0)
  process.stderr.write(
    `${values.check ? 'Out of date, run npm run docs' : 'Updated'}: ${stale.join(', ')}\n`,
  );
process.exitCode = values.check && stale.length > 0 ? 1 : 0;

/** Reads a file, or returns undefined if it does not exist yet. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
