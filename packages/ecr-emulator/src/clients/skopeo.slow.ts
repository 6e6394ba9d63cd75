import { PutImageTagMutabilityCommand } from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect } from '@jest/globals';
import { ecrClient } from '../harness/emulator.ts';
import { attempt, output, testWith } from './client.ts';
import { operations, setting, type Setting } from './setting.ts';

const test = testWith('skopeo', ['--version']);
let at: Setting;
let credentials: string;

beforeEach(async () => {
  at = await setting();
  credentials = `AWS:${at.password}`;
});

function copy(destination: string, source = `oci:${at.layout.folder}:latest`): readonly string[] {
  const flags = ['--src-tls-verify=false', '--dest-tls-verify=false', '--dest-creds', credentials];
  const from = source.startsWith('docker:') ? ['--src-creds', credentials] : [];
  return ['copy', '--all', '--preserve-digests', ...flags, ...from, source, `docker://${destination}`];
}

function inspect(reference: string, ...args: string[]): Promise<string> {
  return output('skopeo', [
    'inspect',
    '--tls-verify=false',
    '--creds',
    credentials,
    ...args,
    `docker://${reference}`,
  ]);
}

describe('skopeo', () => {
  test('copies an index with its images and keeps all digests', async () => {
    await output('skopeo', copy(`${at.host}/team/app:v1`));
    expect(digestOf(await inspect(`${at.host}/team/app:v1`, '--raw'))).toBe(at.layout.digest);
    for (const digest of at.layout.images) {
      const inspected = JSON.parse(await inspect(`${at.host}/team/app@${digest}`)) as {
        Digest: string;
        RepoTags: string[];
      };
      expect(inspected).toMatchObject({ Digest: digest, RepoTags: ['v1'] });
    }
  });

  test('does not upload existing layers', async () => {
    await output('skopeo', copy(`${at.host}/team/app:v1`));
    at.emulator.clearRequests();
    await output('skopeo', copy(`${at.host}/team/app:v2`));
    expect(operations(at)).not.toContain('PUT upload');
  });

  test('copies from one account to another', async () => {
    await output('skopeo', copy(`${at.host}/team/app:v1`));
    await output('skopeo', copy(`${at.otherHost}/team/app:v1`, `docker://${at.host}/team/app:v1`));
    expect(digestOf(await inspect(`${at.otherHost}/team/app:v1`, '--raw'))).toBe(at.layout.digest);
  });

  test('shows ECR’s message for an immutable tag', async () => {
    await output('skopeo', copy(`${at.host}/team/app:v1`));
    const immutable = { repositoryName: 'team/app', imageTagMutability: 'IMMUTABLE' as const };
    await ecrClient(at.emulator).send(new PutImageTagMutabilityCommand(immutable));
    const again = copy(`${at.host}/team/app:v1`).filter((flag) => flag !== '--preserve-digests');
    const { ok, stderr } = await attempt('skopeo', again);
    expect([ok, stderr]).toEqual([
      false,
      expect.stringContaining('cannot be overwritten because the repository is immutable'),
    ]);
  });

  test('lists tags and deletes a manifest', async () => {
    await output('skopeo', copy(`${at.host}/team/app:v1`));
    const list = ['list-tags', '--tls-verify=false', '--creds', credentials, `docker://${at.host}/team/app`];
    expect(JSON.parse(await output('skopeo', list))).toMatchObject({ Tags: ['v1'] });
    const remove = [
      'delete',
      '--tls-verify=false',
      '--creds',
      credentials,
      `docker://${at.host}/team/app:v1`,
    ];
    await output('skopeo', remove);
    expect(JSON.parse(await output('skopeo', list))).toMatchObject({ Tags: [] });
  });

  test('fails without credentials, and in a missing repository', async () => {
    const anonymous = ['inspect', '--tls-verify=false', '--no-creds', `docker://${at.host}/team/app:v1`];
    expect(await attempt('skopeo', anonymous)).toMatchObject({
      ok: false,
      stderr: expect.stringContaining('unauthorized: authentication required'),
    });
    expect(await attempt('skopeo', copy(`${at.host}/team/none:v1`))).toMatchObject({
      ok: false,
      stderr: expect.stringContaining(
        "The repository with name 'team/none' does not exist in the registry with id",
      ),
    });
  });
});
