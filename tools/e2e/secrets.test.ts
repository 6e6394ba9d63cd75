import { expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesWith } from './files-with.ts';
import { begin, green, type Scene } from './scene.ts';

test('the login is in no file and no log', async () => {
  const { step, temp, stage } = await begin();
  const results = [green(await step('build')), green(await step('publish', { version: '1.0.0' }))];
  const passwords = [...results.flatMap(({ masks }) => [...masks])];
  expect(passwords.length).toBeGreaterThan(0);
  expect(await filesWith(temp, passwords)).toEqual([]);
  for (const { log, summary } of results)
    for (const password of passwords) expect(log + summary).not.toContain(password);
  expect(await stage.shared.tags('payroll/web')).toEqual(['build-1.0.0']);
});

test('a proxy reaches the steps of a build, and its password stays out of the image and the log', async () => {
  const { step, temp, checkout }: Scene = await begin();
  await writeFile(
    join(checkout.folder, 'job/Dockerfile'),
    'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37\nRUN echo "via ${HTTPS_PROXY##*@} and ${no_proxy}"\n',
  );
  const env = {
    HTTPS_PROXY: 'http://tow:s3cr%40t-w0rd@proxy.example:3128',
    NO_PROXY: '127.0.0.1,localhost,.internal',
  };
  const { log } = green(await step('build', { only: 'reconcile' }, { env }));
  expect(log).toContain('via proxy.example:3128 and 127.0.0.1,localhost,.internal');
  expect(log).not.toContain('s3cr');
  expect(await filesWith(temp, ['s3cr%40t-w0rd', 's3cr@t-w0rd', 'proxy.example'])).toEqual([]);
});
