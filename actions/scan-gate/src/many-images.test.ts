import { describe, expect, test } from '@jest/globals';
import type { LoggedRequest } from '@towpath/ecr-emulator';
import { scenario, type Ending, type Scenario } from '@towpath/testing';
import { setTimeout } from 'node:timers/promises';
import { scanGate } from './action.ts';

const registry = '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll';
const reading = 'ecr:DescribeImageScanFindings';

/** Creates a team that has published version 1.0.0 of the images `service-1` to `service-n`. */
async function team(
  count: number,
): Promise<Scenario & { readonly gating: (signal?: AbortSignal) => Promise<Ending> }> {
  const scene = await scenario();
  const names = Array.from({ length: count }, (_, index) => `service-${index + 1}`);
  const prepare = async (name: string): Promise<void> => {
    await scene.shared.createRepository(`payroll/${name}`);
    await scene.publish(`payroll/${name}`, 'build-1.0.0', { name });
  };
  await Promise.all(names.map(prepare));
  const images = names.map((name) => `  ${name}: {}`).join('\n');
  const files = { 'towpath.yaml': `registry: ${registry}\nimages:\n${images}\n` };
  const given = { version: '1.0.0' };
  return { ...scene, gating: (signal) => scene.play(scanGate, { files, given, signal }) };
}

/** Returns the highest number of requests in progress at the same time. */
function mostAtOnce(requests: readonly LoggedRequest[]): number {
  const times = requests.map(({ at, durationMs }) => ({
    from: Date.parse(at),
    to: Date.parse(at) + durationMs,
  }));
  return Math.max(
    ...times.map(({ from }) => times.filter((one) => one.from <= from && from < one.to).length),
  );
}

describe('a gate of 40 images', () => {
  test('makes only a few requests at a time', async () => {
    const scene = await team(40);
    scene.emulator.addFault({ kind: 'slow', latencyMs: 10, operation: 'ecr:*', times: 0 });
    const { green, requests } = await scene.gating();
    expect(green).toBe(true);
    expect(requests.filter(({ operation }) => operation === reading).length).toBeGreaterThanOrEqual(120);
    const most = mostAtOnce(requests.filter(({ plane }) => plane === 'api'));
    expect(most).toBeGreaterThan(2);
    expect(most).toBeLessThanOrEqual(24);
  }, 120_000);

  test('passes although ECR throttles', async () => {
    const scene = await team(40);
    scene.emulator.addFault({ kind: 'status', status: 429, operation: reading, nth: 20, times: 10 });
    const { green, codes } = await scene.gating();
    expect([green, codes]).toEqual([true, []]);
  }, 120_000);
});

describe('a gate that is denied access to one image', () => {
  test('fails at once and does not wait for other scans', async () => {
    const scene = await team(20);
    const status = { status: 'IN_PROGRESS' as const };
    scene.emulator.addFindings(
      Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [`payroll/service-${index + 1}:build-1.0.0`, status]),
      ),
    );
    scene.emulator.addFault({
      kind: 'exception',
      exception: 'AccessDeniedException',
      operation: reading,
      nth: 30,
    });
    const { codes, requests } = await scene.gating();
    expect(codes).toEqual(['access-denied']);
    // Requests that were sent earlier can still arrive.
    await setTimeout(100);
    const sent = scene.emulator.requests.length;
    await setTimeout(300);
    expect(scene.emulator.requests).toHaveLength(sent);
    expect(requests.filter(({ operation }) => operation === reading).length).toBeLessThan(50);
  }, 60_000);
});

test('a cancelled gate ends its requests and names the scans that did not finish', async () => {
  const scene = await team(3);
  scene.emulator.addFindings({
    'payroll/service-2:build-1.0.0': { status: 'IN_PROGRESS' },
    'payroll/service-3:build-1.0.0': { status: 'UNSUPPORTED_IMAGE' },
  });
  scene.emulator.addFault({ kind: 'stall', operation: reading, nth: 20 });
  const cancelled = new AbortController();
  const gate = scene.gating(cancelled.signal);
  const readings = () => scene.emulator.requests.filter(({ operation }) => operation === reading);
  while (readings().length < 20) await setTimeout(10);
  cancelled.abort(new Error('cancelled by SIGINT'));
  const { green, annotations, codes } = await gate;
  expect([green, codes]).toEqual([false, ['cancelled']]);
  expect(annotations[0]?.message).toContain(
    'Scans that finished: service-1, service-3. Scans that did not finish: service-2.',
  );
}, 60_000);
