import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inspectDocker, loadImages } from './docker.ts';
import type { BuildPort } from './programs.ts';

type Answer = Partial<Awaited<ReturnType<BuildPort['exec']>>>;

/** A fake docker CLI with a fixed answer to each command. */
const cli = (answers: Readonly<Record<string, Answer>>): BuildPort => ({
  exec: (_, [command = '']) => Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...answers[command] }),
});

describe('inspectDocker', () => {
  test('returns the version and the platform of the daemon', async () => {
    const stdout = '{"Platform":{"Name":""},"Version":"20.10.24+dfsg1","Os":"linux","Arch":"amd64"}\n';
    expect(await inspectDocker(cli({ version: { stdout } }))).toEqual({
      version: '20.10.24+dfsg1',
      platform: { os: 'linux', architecture: 'amd64' },
    });
  });

  const unreachable =
    'Cannot connect to the Docker daemon at tcp://10.0.0.1:2375. Is the docker daemon running?';
  test.each<{ name: string; answer: Answer; refusal: string }>([
    {
      name: 'the daemon is unreachable',
      answer: { exitCode: 1, stdout: 'null\n', stderr: `warning\n${unreachable}\n` },
      refusal: unreachable,
    },
    {
      name: 'the CLI is Podman’s',
      answer: { stdout: 'null\n' },
      refusal: 'docker version reported no platform.',
    },
    {
      name: 'the CLI is another program',
      answer: { stdout: 'v1\n' },
      refusal: 'docker version printed an unknown format.',
    },
    {
      name: 'docker version prints other types',
      answer: { stdout: '{"Version":20,"Os":["linux"]}\n' },
      refusal: 'docker version printed an unknown format.',
    },
  ])('returns the reason if $name', async ({ answer, refusal }) => {
    expect(await inspectDocker(cli({ version: answer }))).toEqual({ refusal });
  });

  test('returns the reason if docker is not installed', async () => {
    const port = {
      exec: () => Promise.reject(new CodedError('program-missing', 'docker cannot be started.')),
    };
    expect(await inspectDocker(port)).toEqual({ refusal: 'docker cannot be started.' });
  });

  test('returns the reason if docker does not respond in time', async () => {
    const silent: BuildPort = {
      exec: (_, __, { signal } = {}) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    };
    expect(await inspectDocker(silent, AbortSignal.timeout(1))).toEqual({
      refusal: 'docker version did not finish in time.',
    });
  });
});

describe('loadImages', () => {
  test('passes the images on standard input and returns their ids', async () => {
    const calls: [readonly string[], string | undefined][] = [];
    const port: BuildPort = {
      exec: async (_, args, { input } = {}) => {
        calls.push([args, input && (await text(input))]);
        return { exitCode: 0, stdout: args[0] === 'image' ? 'sha256:a\nsha256:b\n' : '', stderr: '' };
      },
    };
    expect(await loadImages(port, Readable.from(['tar']), ['web:build', 'job:build'])).toEqual([
      'sha256:a',
      'sha256:b',
    ]);
    expect(calls).toEqual([
      [['load'], 'tar'],
      [['image', 'inspect', '--format={{.Id}}', 'web:build', 'job:build'], undefined],
    ]);
  });

  test.each<{ name: string; command: string }>([
    { name: 'docker load fails', command: 'load' },
    { name: 'the loaded image is missing', command: 'image' },
  ])('reports Docker’s error if $name', async ({ command }) => {
    const port = cli({ [command]: { exitCode: 1, stderr: 'no space left on device\n' } });
    await expect(loadImages(port, Readable.from([]), ['web:build'])).rejects.toMatchObject({
      code: 'load-failed',
      message: 'Docker could not load web:build: no space left on device',
    });
  });
});
