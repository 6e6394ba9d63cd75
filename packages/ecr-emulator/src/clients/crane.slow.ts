import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect } from '@jest/globals';
import { attempt, output, testWith } from './client.ts';
import { operations, setting, type Setting } from './setting.ts';

const test = testWith('crane', ['version']);
let at: Setting;

beforeEach(async () => {
  at = await setting();
});

async function crane(...args: string[]): Promise<string> {
  return output('crane', ['--insecure', ...args], { DOCKER_CONFIG: at.folder });
}

async function login(): Promise<void> {
  for (const host of [at.host, at.otherHost])
    await crane('auth', 'login', host, '-u', 'AWS', '-p', at.password);
}

describe('crane', () => {
  test('pushes an index from a layout and validates every layer', async () => {
    await login();
    await crane('push', '--index', at.layout.folder, `${at.host}/team/app:v1`);
    // crane pushes the layout's index.json, one more level above the image index.
    const pushed = JSON.parse(await crane('manifest', `${at.host}/team/app:v1`)) as {
      manifests: { digest: string }[];
    };
    expect(pushed.manifests.map(({ digest }) => digest)).toEqual([at.layout.digest]);
    for (const digest of at.layout.images)
      await crane('validate', '--remote', `${at.host}/team/app@${digest}`);
  });

  test('copies across accounts by digest and tags without an upload', async () => {
    await login();
    await crane('push', '--index', at.layout.folder, `${at.host}/team/app:v1`);
    const source = `${at.host}/team/app@${at.layout.digest}`;
    await crane('copy', source, `${at.otherHost}/team/app:v1`);
    expect(digestOf(await crane('manifest', `${at.otherHost}/team/app:v1`))).toBe(at.layout.digest);
    at.emulator.clearRequests();
    await crane('tag', `${at.otherHost}/team/app:v1`, 'prod');
    expect(operations(at)).not.toContain('POST upload');
    expect((await crane('ls', `${at.otherHost}/team/app`)).trim().split('\n')).toEqual(['prod', 'v1']);
    expect((await crane('digest', `${at.otherHost}/team/app:prod`)).trim()).toBe(at.layout.digest);
  });

  test('streams a layer with a digest that is unknown at the start', async () => {
    await login();
    await crane('push', '--index', at.layout.folder, `${at.host}/team/app:v1`);
    await crane(
      'append',
      '-b',
      `${at.host}/team/app@${at.layout.images[0] ?? ''}`,
      '-f',
      `${at.layout.folder}/index.json`,
      '-t',
      `${at.host}/team/app:more`,
    );
    const config = JSON.parse(await crane('config', `${at.host}/team/app:more`)) as {
      rootfs: { diff_ids: string[] };
    };
    expect(config.rootfs.diff_ids).toHaveLength(2);
    expect(operations(at)).toContain('PATCH upload');
  });

  test('deletes images and lists repositories', async () => {
    await login();
    await crane('push', '--index', at.layout.folder, `${at.host}/team/app:v1`);
    expect((await crane('catalog', at.host)).trim()).toBe('team/app');
    await crane('delete', `${at.host}/team/app:v1`);
    expect((await crane('ls', `${at.host}/team/app`)).trim()).toBe('');
  });

  test('retries transient errors', async () => {
    await login();
    at.emulator.addFault({ kind: 'status', status: 503, operation: 'PUT manifest', times: 2 });
    await crane('push', '--index', at.layout.folder, `${at.host}/team/app:v1`);
    expect((await crane('ls', `${at.host}/team/app`)).trim()).toBe('v1');
  });

  test('shows ECR’s message for an expired token', async () => {
    await login();
    at.emulator.addFault({ kind: 'expired-token', plane: 'registry', operation: '*manifest', times: 0 });
    const { ok, stderr } = await attempt('crane', ['--insecure', 'manifest', `${at.host}/team/app:v1`], {
      DOCKER_CONFIG: at.folder,
    });
    expect([ok, stderr]).toEqual([
      false,
      expect.stringContaining('DENIED: Your authorization token has expired'),
    ]);
  });
});
