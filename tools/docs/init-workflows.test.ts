import { expect, test } from '@jest/globals';
import { workflowFiles } from '@towpath/cli';
import { loadConfig } from '@towpath/config';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { readCallables, readPinnedMajors } from './callable.ts';
import { checkWorkflow } from './check-workflow.ts';

const named = { callables: readCallables(), pinnedMajors: readPinnedMajors() };

test.each([
  { name: 'a known registry', registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll', rest: '' },
  {
    name: 'a registry in a parameter',
    registry: 'ssm:/registry',
    rest: 'environments: { prod: { from: build } }',
  },
])('the workflows of towpath init are valid for $name', async ({ registry, rest }) => {
  const workspace = temporaryFolder();
  const images = 'images: { web: { context: ., platforms: [linux/amd64, linux/arm64] } }';
  writeFiles(workspace, { 'towpath.yaml': `registry: ${registry}\n${images}\n${rest}\n` });
  const printBake = () => Promise.reject(new Error('there is no bake file'));
  const config = await loadConfig({ workspace, defaultName: 'web', printBake });
  for (const hasPrivateBases of [true, false]) {
    const files = workflowFiles(config, { hasPrivateBases, region: undefined });
    expect(files.map(({ path, content }) => checkWorkflow(path, content, named))).toEqual([[], [], []]);
  }
});
