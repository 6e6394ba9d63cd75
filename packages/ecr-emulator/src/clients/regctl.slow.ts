import { beforeEach, describe, expect } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, output, testWith } from './client.ts';
import { setting, type Setting } from './setting.ts';

const test = testWith('regctl', ['version']);
let at: Setting;

beforeEach(async () => {
  at = await setting();
});

/** @param host regctl's settings of the registry */
async function configure(host: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const entry = { tls: 'disabled', user: 'AWS', pass: at.password, reqConcurrent: 2, ...host };
  const hosts = { [at.host]: entry, [at.otherHost]: entry };
  await writeFile(join(at.folder, 'regctl.json'), JSON.stringify({ hosts }));
}

function regctl(...args: string[]): Promise<string> {
  return output('regctl', args, { REGCTL_CONFIG: join(at.folder, 'regctl.json'), DOCKER_CONFIG: at.folder });
}

describe('regctl', () => {
  test('copies an image from a layout, and across accounts with its referrers', async () => {
    await configure();
    await regctl('image', 'copy', `ocidir://${at.layout.folder}:latest`, `${at.host}/team/app:v1`);
    expect((await regctl('image', 'digest', `${at.host}/team/app:v1`)).trim()).toBe(at.layout.digest);

    const file = join(at.folder, 'sbom.json');
    await writeFile(file, '{"spdxVersion":"SPDX-2.3"}');
    const subject = `${at.host}/team/app:v1`;
    await regctl(
      'artifact',
      'put',
      '--artifact-type',
      'application/spdx+json',
      '--subject',
      subject,
      '-f',
      file,
    );
    await regctl('image', 'copy', '--referrers', subject, `${at.otherHost}/team/app:v1`);
    const copied = `${at.otherHost}/team/app@${at.layout.digest}`;
    const list = JSON.parse(await regctl('artifact', 'list', copied, '--format', '{{json .}}')) as {
      descriptors: unknown[];
    };
    expect(list.descriptors).toMatchObject([{ artifactType: 'application/spdx+json' }]);
    expect(await regctl('artifact', 'get', '--subject', copied)).toBe('{"spdxVersion":"SPDX-2.3"}');
  });

  test('fails to upload in chunks, because it relies on the Range, which ECR does not update (CR#2831)', async () => {
    const file = join(at.folder, 'layer');
    await writeFile(file, Buffer.alloc(20 * 1024 * 1024, 'towpath'));
    const put = `regctl blob put ${at.host}/team/app < ${file}`;
    const environment = { REGCTL_CONFIG: join(at.folder, 'regctl.json') };
    await configure({ blobChunk: 6 * 1024 * 1024, blobMax: 1 });
    const { stderr } = await attempt('sh', ['-c', put], environment);
    expect(stderr).toContain('Requested Range Not Satisfiable');
  });

  test('lists tags in pages and removes one', async () => {
    await configure();
    for (const tag of ['a', 'b', 'c'])
      await regctl('image', 'copy', `ocidir://${at.layout.folder}:latest`, `${at.host}/team/app:${tag}`);
    expect((await regctl('tag', 'ls', '--limit', '2', `${at.host}/team/app`)).trim().split('\n')).toEqual([
      'a',
      'b',
    ]);
    await regctl('tag', 'rm', `${at.host}/team/app:b`);
    expect((await regctl('tag', 'ls', `${at.host}/team/app`)).trim().split('\n')).toEqual(['a', 'c']);
  });
});
