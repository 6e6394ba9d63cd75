import { describe, expect, test } from '@jest/globals';
import type { Code } from '@towpath/errors';
import { scenario, type Ending, type ImageDraft, type Scenario } from '@towpath/testing';
import { publish } from '../action.ts';

type Fault = Parameters<Scenario['emulator']['addFault']>[0];

export const images: readonly ImageDraft[] = [
  { name: 'backend' },
  { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] },
];
export const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: { platforms: [linux/amd64, linux/arm64] }
tags: ['build-{version}', '{version}']
`;
const tags = ['1.0.0', 'build-1.0.0'];

export async function team(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of ['backend', 'web', 'towpath']) await scene.shared.createRepository(`payroll/${name}`);
  return scene;
}

export function publishing(scene: Scenario, imageSet = images, signal?: AbortSignal): Promise<Ending> {
  const files = { 'towpath.yaml': config };
  return scene.play(publish, { files, given: { version: '1.0.0' }, imageSet, signal });
}

export interface Standing {
  readonly tags: Readonly<Record<string, readonly string[]>>;
  readonly digests: Readonly<Record<string, string | undefined>>;
  /** The tags that contain fingerprints. */
  readonly fingerprints: readonly string[];
  readonly ledger: readonly string[];
}

/** Returns the visible state: the tags, their digests and the ledger. */
export async function standing({ shared }: Scenario): Promise<Standing> {
  const names = images.map(({ name }) => name);
  const each = async <T>(read: (name: string) => Promise<T>): Promise<Record<string, T>> =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
  return {
    tags: await each((name) => shared.tags(`payroll/${name}`)),
    digests: await each(async (name) => {
      const digests = await Promise.all(tags.map((tag) => shared.digestOf(`payroll/${name}`, tag)));
      return digests.find((digest) => digest !== undefined);
    }),
    fingerprints: (await Promise.all(names.map((name) => shared.fingerprintTags(`payroll/${name}`)))).flat(),
    ledger: await shared.tags('payroll/towpath'),
  };
}

/** Returns the state after a run without faults, and its number of requests. */
export async function undisturbed(): Promise<{ readonly requests: number; readonly end: Standing }> {
  const scene = await team();
  const { requests, green } = await publishing(scene);
  expect(green).toBe(true);
  return { requests: requests.length, end: await standing(scene) };
}

/**
 * Expects that every tag names the right image, the intent precedes the first tag, and the release follows the
 * last.
 */
export function expectNothingWrong(now: Standing, end: Standing): void {
  for (const [name, digest] of Object.entries(now.digests))
    if (digest !== undefined) expect(digest).toBe(end.digests[name]);
  const isTagged = now.fingerprints.length > 0 || Object.values(now.tags).some((names) => names.length > 0);
  if (isTagged) expect(now.ledger).toContain('1.0.0.intent.1');
  if (now.ledger.includes('1.0.0')) expect(now.tags).toEqual(end.tags);
}

/**
 * A kind of fault and the error code that the run ends with. Without a code a retry helps, and the run succeeds.
 */
export interface Kind {
  readonly name: string;
  readonly fault: Fault;
  /** The code for a request to the AWS API. */
  readonly api?: Code;
  /** The code for a request to the registry. */
  readonly registry?: Code;
}

export const kinds: readonly Kind[] = [
  { name: 'a reset', fault: { kind: 'reset' } },
  { name: 'a reset within the request', fault: { kind: 'reset', afterBytesIn: 4 } },
  { name: 'a lost answer', fault: { kind: 'reset', afterBytesOut: 0 } },
  { name: 'a cut answer', fault: { kind: 'truncate', afterBytesOut: 7 } },
  // The registry puts all relevant values in headers.
  { name: 'a corrupt answer', fault: { kind: 'corrupt', at: 1 }, api: 'outside-failed' },
  { name: 'throttling', fault: { kind: 'status', status: 429, retryAfter: 1 } },
  { name: 'a failing service', fault: { kind: 'status', status: 500 } },
  { name: 'a service that is away', fault: { kind: 'status', status: 503 } },
  {
    name: 'an expired token',
    fault: { kind: 'expired-token' },
    api: 'credentials-missing',
    registry: 'credentials-missing',
  },
  {
    name: 'a refusal',
    fault: { kind: 'exception', exception: 'AccessDeniedException' },
    api: 'access-denied',
    registry: 'access-denied',
  },
  { name: 'a pause', fault: { kind: 'stall', forMs: 20 } },
  { name: 'a slow line', fault: { kind: 'slow', latencyMs: 5, bytesPerSecond: 1_000_000 } },
];

/** Publishes with a fault at the n-th request, and then publishes again. */
export async function publishThrough({ fault, ...ends }: Kind, nth: number, end: Standing): Promise<void> {
  const scene = await team();
  scene.emulator.addFault({ ...fault, nth });
  const { codes, requests } = await publishing(scene);
  const operation = requests[nth - 1]?.operation ?? '';
  const plane = operation.startsWith('ecr:') ? 'api' : 'registry';
  // Whether the registry mounts layers is only a hint: without an answer, the first mount shows it.
  const ending = operation === 'ecr:GetAccountSetting' ? [] : (ends[plane] ?? []);
  expect([nth, operation, codes]).toEqual([nth, operation, [ending].flat()]);
  expectNothingWrong(await standing(scene), end);

  scene.emulator.clearFaults();
  expect([nth, (await publishing(scene)).codes]).toEqual([nth, []]);
  expect(await standing(scene)).toEqual(end);
  await scene.emulator.close();
}

/**
 * With `TOWPATH_FAULTS=all` every kind of fault happens at every request. Otherwise it happens at every third one, and
 * the next kind begins one request later, so that some fault happens at each request.
 */
export const stride = process.env.TOWPATH_FAULTS === 'all' ? 1 : 3;

/** Declares a test for each kind of fault, at the requests of a publication. */
export function testPublications(some: readonly Kind[]): void {
  describe.each(some.map((kind, index) => ({ name: kind.name, kind, index })))('$name', ({ kind, index }) => {
    test('leaves no wrong tag at any request, and a second run completes the publication', async () => {
      const { requests, end } = await undisturbed();
      for (let nth = 1 + (index % stride); nth <= requests; nth += stride)
        await publishThrough(kind, nth, end);
    });
  });
}
