import { expect, test } from '@jest/globals';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { filesOfReadme } from './readme.ts';
import { begin, green } from './scene.ts';

const images = ['backend', 'web'];

test('a repository set up as the README says, with two Dockerfiles, reaches prod', async () => {
  const { checkout, stage, run } = await begin({ images });
  for (const entry of await readdir(checkout.folder))
    if (entry !== '.git') await rm(join(checkout.folder, entry), { recursive: true });
  const written = new Map(await filesOfReadme());
  for (const image of images) written.set(`${image}/Dockerfile`, 'FROM scratch\nCOPY Dockerfile /\n');
  for (const [path, text] of written) {
    await mkdir(dirname(join(checkout.folder, path)), { recursive: true });
    await writeFile(join(checkout.folder, path), text);
  }
  await checkout.commit('Tow our images');

  const version = await checkout.revision();
  green(await run('main.yml', { event: 'push', payload: { ref: 'refs/heads/main', after: version } }));
  for (const environment of ['test', 'prod']) {
    const inputs = { version, environment };
    green(await run('promote.yml', { event: 'workflow_dispatch', payload: { inputs } }));
  }

  for (const image of images) {
    const digest = await stage.prod.digestOf(`payroll/${image}`, `prod-${version}`);
    expect(digest).toBeDefined();
    expect(digest).toBe(await stage.shared.digestOf(`payroll/${image}`, `build-${version}`));
  }
});
