import { expect, test } from '@jest/globals';
import { parseDigest, parsePlatform } from '@towpath/reference';
import { Session } from '@towpath/session';
import { fakeRuntime, scenario } from '@towpath/testing';
import type { KnownImage } from './fingerprints.ts';
import { findMovingTrigger, type ReadTriggers } from './base-triggers.ts';

/** Returns the reason not to reuse an image whose base image in ECR has these ONBUILD instructions. */
async function find(
  onBuild: readonly string[],
  { platforms = ['linux/amd64'], stages = [''], login = true } = {},
): Promise<string | undefined> {
  const { emulator, shared, publish } = await scenario();
  await shared.createRepository('payroll/base');
  await publish('payroll/base', '1', { name: 'base', platforms, onBuild });
  const digest = parseDigest((await shared.digestOf('payroll/base', '1')) ?? '');
  const base = `${shared.host}/payroll/base:1`;
  const endpoints = new Map([[shared.host, new URL(emulator.registryUrl(shared.id, 'us-east-1'))]]);
  const env = {
    ...(login ? shared.credentials : { AWS_ACCESS_KEY_ID: 'wrong', AWS_SECRET_ACCESS_KEY: 'wrong' }),
    AWS_ENDPOINT_URL: emulator.api,
    TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify(Object.fromEntries(endpoints)),
  };
  const known = {
    bases: [
      { image: base, platform: 'linux/amd64', line: 1 },
      { image: 'docker.io/library/alpine', platform: 'linux/amd64', line: 2 },
    ],
    baseDigests: new Map([[base, digest]]),
    platforms: platforms.map(parsePlatform),
    args: new Map([['GIVEN', 'https://a.example/given']]),
    stages: new Set(stages),
  } as unknown as KnownImage;
  const session = new Session(fakeRuntime({ env }));
  const sources = { caches: [], endpoints };
  const read: ReadTriggers = new Map();
  emulator.clearRequests();
  const reasons = await Promise.all([1, 2].map(() => findMovingTrigger(known, sources, session, read)));
  expect(emulator.requests.filter(({ operation }) => operation === 'GET manifest').length).toBeLessThan(4);
  expect(reasons[0]).toBe(reasons[1]);
  return reasons[0];
}

test.each([
  [['ADD https://a.example/a /'], 'https://a.example/a'],
  [['RUN true', 'ADD https://a.example/a.git#main /'], 'https://a.example/a.git#main'],
  [['ARG GIVEN=a', 'ADD $GIVEN /'], 'https://a.example/given'],
  [['COPY --from=busybox:1 /bin /bin'], 'busybox:1'],
  [['RUN --mount=type=bind,from=golang,target=/go true'], 'golang'],
])('does not reuse an image if ONBUILD of its base has %j', async (triggers, moving) => {
  for (const platforms of [['linux/amd64'], ['linux/amd64', 'linux/arm64']])
    expect(await find(triggers, { platforms })).toMatch(
      new RegExp(
        `^ONBUILD of .*/payroll/base:1 uses ${RegExp.escape(moving)}, which may have changed since$`,
      ),
    );
});

test.each([
  [[]],
  [['COPY . /app', 'RUN make', 'ENV A=https://a.example/a']],
  [[`ADD --checksum=sha256:${'a'.repeat(64)} https://a.example/a /`]],
  [[`COPY --from=busybox@sha256:${'a'.repeat(64)} /bin /bin`]],
  [['COPY --from=Builder /bin /bin']],
])('can reuse an image if ONBUILD of its base has %j', async (triggers) => {
  expect(await find(triggers, { stages: ['builder'] })).toBeUndefined();
});

test('does not reuse an image if its base image cannot be read', async () => {
  expect(await find([], { login: false })).toMatch(/^the ONBUILD instructions of .* cannot be read: /);
});
