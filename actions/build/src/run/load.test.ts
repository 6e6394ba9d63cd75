import { expect, test } from '@jest/globals';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { findDocker, platformFor } from './load.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm = { os: 'linux', architecture: 'arm', variant: 'v7' };

test.each([
  { platforms: ['linux/arm64', 'linux/amd64'], platform: amd64, chosen: 'linux/amd64' },
  { platforms: ['linux/amd64/v3', 'linux/amd64'], platform: amd64, chosen: 'linux/amd64' },
  { platforms: ['linux/arm64', 'linux/amd64/v2'], platform: amd64, chosen: 'linux/amd64/v2' },
  { platforms: ['linux/arm64', 'linux/arm/v6'], platform: arm, chosen: 'linux/arm/v6' },
  { platforms: ['linux/arm64', 'linux/s390x'], platform: amd64, chosen: 'linux/arm64' },
])('loads $chosen into Docker if an image has $platforms', ({ platforms, platform, chosen }) => {
  expect(platformFor(platforms, { platform })).toBe(chosen);
});

const refusal = 'Cannot connect to the Docker daemon';
const answers = { exitCode: 0, stdout: '{"Version":"29.0.0","Os":"linux","Arch":"arm64"}', stderr: '' };
const silent = { exitCode: 1, stdout: '', stderr: refusal };

test.each<{ asked?: boolean; configured: boolean; answer: typeof answers; found: boolean }>([
  { asked: true, configured: false, answer: answers, found: true },
  { configured: true, answer: answers, found: true },
  { configured: true, answer: silent, found: false },
])(
  'finds Docker with asked $asked and configured $configured: $found',
  async ({ asked, configured, answer, found }) => {
    const runtime = fakeRuntime({ exec: () => Promise.resolve(answer) });
    expect((await findDocker(asked, configured, runtime)) !== undefined).toBe(found);
    expect(runtime.lines).toEqual(
      found ? [] : [`Images were not loaded into Docker, because no Docker daemon responded: ${refusal}`],
    );
  },
);

test.each<{ asked?: boolean; configured: boolean }>([
  { asked: false, configured: true },
  { configured: false },
])('does not look for Docker with asked $asked and configured $configured', async ({ asked, configured }) => {
  expect(await findDocker(asked, configured, fakeRuntime())).toBeUndefined();
});

test('fails before the build if Docker is required and no daemon responds', async () => {
  const runtime = fakeRuntime({ exec: () => Promise.resolve(silent) });
  await expect(findDocker(true, false, runtime)).rejects.toMatchObject({
    code: 'docker-missing',
    message: `load: true needs a Docker daemon, and none responded: ${refusal}`,
  });
});
