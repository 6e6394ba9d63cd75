import { expect, test } from '@jest/globals';
import { team, type Checkout } from '@towpath/stage';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { begin, green } from './scene.ts';

const fixtures = fileURLToPath(new URL('fixtures/model/', import.meta.url));

/**
 * Creates the repository of a team that uses the model. Its SAM template names the images to build, and only the
 * `uses:` lines are ours.
 */
async function moveFromModel(checkout: Checkout): Promise<void> {
  const { folder } = checkout;
  await rm(join(folder, 'towpath.yaml'));
  await writeFile(join(folder, 'package.json'), '{ "name": "payroll", "version": "1.4.0" }\n');
  for (const workflow of ['main.yml', 'promote.yml']) {
    const text = await readFile(join(fixtures, workflow), 'utf8');
    const ours = text.replaceAll('gp-nova/devx-pipeline-modules-containers/', 'towpath/towpath/actions/');
    await writeFile(join(folder, '.github/workflows', workflow), ours);
  }
  await checkout.commit('Move to Towpath');
}

test('the steps of the model work the same after replacing the prefix in their uses', async () => {
  const { checkout, stage, run } = await begin();
  await moveFromModel(checkout);
  const { credentials } = stage.shared;

  green(await run('main.yml', { event: 'push', payload: { ref: 'refs/heads/main' }, env: credentials }));
  for (const [source, target] of [
    ['build', 'dev'],
    ['dev', 'test'],
    ['test', 'prod'],
  ]) {
    const inputs = { version: '1.4.0', 'source-environment': source, 'target-environment': target };
    green(await run('promote.yml', { event: 'workflow_dispatch', payload: { inputs }, env: credentials }));
  }

  for (const image of team.images) {
    const repository = `${team.prefix}/${image}`;
    expect(await stage.shared.tags(repository)).toEqual([
      'build-1.4.0',
      'dev-1.4.0',
      'prod-1.4.0',
      'test-1.4.0',
    ]);
    expect(await stage.shared.digestOf(repository, 'prod-1.4.0')).toBe(
      await stage.shared.digestOf(repository, 'build-1.4.0'),
    );
  }
});
