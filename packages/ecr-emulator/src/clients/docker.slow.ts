import { PutImageTagMutabilityCommand } from '@aws-sdk/client-ecr';
import { beforeEach, describe, expect } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ecrClient } from '../harness/emulator.ts';
import { attempt, output, testWith, type Outcome } from './client.ts';
import { tarOf } from './layout.ts';
import { operations, setting, type Setting } from './setting.ts';

// `docker version` fails without a daemon.
const test = testWith('docker', ['version']);
let at: Setting;

beforeEach(async () => {
  at = await setting();
});

function docker(...args: string[]): Promise<string> {
  return output('docker', args, { DOCKER_CONFIG: at.folder });
}

function refused(...args: string[]): Promise<Outcome> {
  return attempt('docker', args, { DOCKER_CONFIG: at.folder });
}

/** Logs in and imports an image with one file under the name. */
async function prepare(name: string, text = 'hello'): Promise<void> {
  await docker('login', '-u', 'AWS', '-p', at.password, at.host);
  const file = join(at.folder, `${text}.tar`);
  await writeFile(file, tarOf('hello.txt', Buffer.from(text)));
  await docker('import', file, name);
}

function digestIn(pushed: string): string {
  return /digest: (?<digest>sha256:[0-9a-f]{64})/.exec(pushed)?.groups?.digest ?? '';
}

describe('docker', () => {
  test('pushes, removes and pulls an image by tag and by digest', async () => {
    const name = `${at.host}/team/app:v1`;
    await prepare(name);
    const digest = digestIn(await docker('push', name));
    const id = (await docker('image', 'inspect', '--format', '{{.Id}}', name)).trim();
    await docker('rmi', name);
    await docker('pull', name);
    expect((await docker('image', 'inspect', '--format', '{{.Id}}', name)).trim()).toBe(id);
    await docker('rmi', '--force', id);
    await docker('pull', `${at.host}/team/app@${digest}`);
    await docker('rmi', '--force', id);
  });

  test('pushes an image again without uploading its layers', async () => {
    const name = `${at.host}/team/app:v1`;
    await prepare(name);
    await docker('push', name);
    at.emulator.clearRequests();
    await docker('push', name);
    expect(operations(at)).not.toContain('PATCH upload');
    await docker('rmi', name);
  });

  test('shows ECR’s messages for an immutable tag and a missing repository', async () => {
    const name = `${at.host}/team/app:v1`;
    await prepare(name);
    await docker('push', name);
    const immutable = { repositoryName: 'team/app', imageTagMutability: 'IMMUTABLE' as const };
    await ecrClient(at.emulator).send(new PutImageTagMutabilityCommand(immutable));
    await prepare(name, 'other');
    expect((await refused('push', name)).stderr).toContain(
      "tag invalid: The image tag 'v1' already exists in the 'team/app' repository and cannot be overwritten because the repository is immutable.",
    );
    expect((await refused('pull', `${at.host}/team/none:v1`)).stderr).toContain(
      "name unknown: The repository with name 'team/none' does not exist in the registry with id",
    );
    await docker('rmi', name);
  });

  test('cannot log in with an expired token', async () => {
    at.emulator.advance(12 * 60 * 60 * 1000);
    const { ok, stderr } = await refused('login', '-u', 'AWS', '-p', at.password, at.host);
    expect([ok, stderr]).toEqual([
      false,
      expect.stringMatching(/403 Forbidden|authorization token has expired/),
    ]);
  });
});
