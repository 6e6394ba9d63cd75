import { getInput, setOutput } from '@actions/core';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

interface Log {
  readonly version: string;
  readonly runs: readonly {
    readonly automationDetails?: { readonly id?: string };
    readonly results: readonly { readonly ruleId: string }[];
  }[];
}

const path = getInput('sarif_file', { required: true });
// The real action reads a folder and the folders in it.
const files = statSync(path).isDirectory()
  ? globSync('**/*.sarif', { cwd: path }).map((file) => join(path, file))
  : [path];
if (files.length === 0) throw new Error(`No SARIF files found to upload in "${path}"`);
const runs = files.flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  // GitHub's limits of a file.
  if (gzipSync(text).length > 10 * 2 ** 20) throw new Error(`${file} is too large after gzip`);
  const log = JSON.parse(text) as Log;
  if (log.version !== '2.1.0') throw new Error(`${file} has the version ${log.version}`);
  if (log.runs.length > 20) throw new Error(`${file} has ${log.runs.length} runs`);
  return log.runs;
});
const categories = runs.map(({ automationDetails }) => automationDetails?.id ?? '');
if (new Set(categories).size < categories.length)
  throw new Error(`Several runs have the same category: ${categories.join(', ')}`);
setOutput('sarif-id', '47177e22-5596-11eb-80a1-c1e54ef945c6');
setOutput(
  'uploaded',
  JSON.stringify(
    runs.map(({ results }, index) => [categories[index], ...results.map(({ ruleId }) => ruleId)]),
  ),
);
