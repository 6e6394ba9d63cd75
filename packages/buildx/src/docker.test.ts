import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { askDocker, loadImages } from './docker.ts';
import type { BuildPort } from './program.ts';

type Answer = Partial<Awaited<ReturnType<BuildPort['exec']>>>;

/** A docker CLI that answers so to each of its commands. */
const cli = (answers: Readonly<Record<string, Answer>>): BuildPort => ({
  exec: (_, [command = '']) => Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...answers[command] }),
});

describe('Docker', () => {
  test('tells its version and what it runs', async () => {
    const stdout = '{"Platform":{"Name":""},"Version":"20.10.24+dfsg1","Os":"linux","Arch":"amd64"}\n';
    expect(await askDocker(cli({ version: { stdout } }))).toEqual({
      version: '20.10.24+dfsg1',
      platform: { os: 'linux', architecture: 'amd64' },
    });
  });

  const unreachable =
    'Cannot connect to the Docker daemon at tcp://10.0.0.1:2375. Is the docker daemon running?';
  test.each<{ name: string; answer: Answer; refusal: string }>([
    {
      name: 'whose daemon is not reached',
      answer: { exitCode: 1, stdout: 'null\n', stderr: `warning\n${unreachable}\n` },
      refusal: unreachable,
    },
    { name: 'that is Podman', answer: { stdout: 'null\n' }, refusal: 'it names no platform.' },
    { name: 'that is something else', answer: { stdout: 'v1\n' }, refusal: 'it says nothing of a daemon.' },
  ])('$name does not answer', async ({ answer, refusal }) => {
    expect(await askDocker(cli({ version: answer }))).toEqual({ refusal });
  });

  test('that is not installed does not answer', async () => {
    const port = {
      exec: () => Promise.reject(new CodedError('program-missing', 'docker cannot be started.')),
    };
    expect(await askDocker(port)).toEqual({ refusal: 'docker cannot be started.' });
  });

  test('that is silent does not answer in time', async () => {
    const silent: BuildPort = {
      exec: (_, __, { signal } = {}) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    };
    expect(await askDocker(silent, AbortSignal.timeout(1))).toEqual({
      refusal: 'it does not answer in time.',
    });
  });

  test('is given images by its standard input, and says under which ids it has them', async () => {
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
    { name: 'takes no image', command: 'load' },
    { name: 'has not the image that it took', command: 'image' },
  ])('that $name is told, with what it said', async ({ command }) => {
    const port = cli({ [command]: { exitCode: 1, stderr: 'no space left on device\n' } });
    await expect(loadImages(port, Readable.from([]), ['web:build'])).rejects.toMatchObject({
      code: 'load-failed',
      message: 'Docker could not load web:build: no space left on device',
    });
  });
});
