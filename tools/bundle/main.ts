import { formatBytes } from '@towpath/markdown';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node tools/bundle/main.ts actions/NAME');
const contents = await bundle(folder);
const { size } = await stat(join(folder, 'dist/index.js'));
const largest = [...contents].slice(0, 5).map(([name, bytes]) => `${name} ${formatBytes(bytes)}`);
process.stdout.write(`${folder}: ${formatBytes(size)}. Largest parts: ${largest.join(', ')}\n`);
