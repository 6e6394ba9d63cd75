import { expect, test } from '@jest/globals';
import { scenario, type Ending, type Scenario } from '@towpath/testing';
import { promote } from './action.ts';

/** Promotes version 1.0.0 of many images to production, on an emulator with faults. */
async function promoting(
  count: number,
  ...faults: readonly Parameters<Scenario['emulator']['addFault']>[0][]
): Promise<Ending> {
  const names = Array.from({ length: count }, (_, index) => `service-${index + 1}`);
  const scene = await scenario();
  const prepare = async (service: string): Promise<void> => {
    const name = `payroll/${service}`;
    await scene.shared.createRepository(name);
    await scene.prod.createRepository(name);
    await scene.prod.admit(scene.shared, name);
    await scene.publish(name, 'build-1.0.0', { name: service });
  };
  await Promise.all(names.map(prepare));
  for (const fault of faults) scene.emulator.addFault(fault);
  const config = [
    'registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll',
    'images:',
    ...names.map((name) => `  ${name}: {}`),
    'environments: { prod: { from: build, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com } }',
  ].join('\n');
  const given = { version: '1.0.0', 'target-environment': 'prod' };
  return scene.play(promote, { files: { 'towpath.yaml': config }, given });
}

/** Returns the highest number of requests in progress at the same time. */
function mostAtOnce(requests: Ending['requests']): number {
  const times = requests.map(({ at, durationMs }) => ({
    from: Date.parse(at),
    to: Date.parse(at) + durationMs,
  }));
  return Math.max(
    ...times.map(({ from }) => times.filter((one) => one.from <= from && from < one.to).length),
  );
}

test('a promotion of 100 images to another account makes only a few requests at a time', async () => {
  const slow = { kind: 'slow', latencyMs: 10, operation: 'ecr:*', times: 0 } as const;
  const { green, requests, codes } = await promoting(100, slow);
  expect([green, codes]).toEqual([true, []]);
  const most = mostAtOnce(requests.filter(({ plane }) => plane === 'api'));
  expect(most).toBeGreaterThan(2);
  expect(most).toBeLessThanOrEqual(24);
  const puts = requests.filter(({ operation }) => operation === 'ecr:PutImage');
  expect(mostAtOnce(puts)).toBeLessThanOrEqual(8);
}, 120_000);

test.each(['ecr:BatchGetImage', 'ecr:PutImage', 'PUT manifest'])(
  'a promotion of many images succeeds although ECR throttles %s',
  async (operation) => {
    const throttling = { kind: 'status', status: 429, operation, nth: 3, times: 4 } as const;
    const { green, codes } = await promoting(6, throttling);
    expect([green, codes]).toEqual([true, []]);
  },
  120_000,
);

test('a promotion to another account stores each image with its tag, after all other content', async () => {
  const { requests, codes } = await promoting(4);
  expect(codes).toEqual([]);
  const puts = requests.filter(({ operation }) => /^(PUT manifest|ecr:PutImage)$/.test(operation));
  // The others mount from the first one, which is therefore stored before, and tagged with a request of its own.
  const [lender, ...tagged] = puts;
  expect(lender?.repository).toBe('payroll/service-1');
  const repositories = Array.from({ length: 4 }, (_, index) => `payroll/service-${index + 1}`);
  expect(tagged.map(({ repository = '' }) => repository).sort()).toEqual(repositories);
  const uploads = requests.filter(({ operation }) => /^(PUT|POST) upload$/.test(operation));
  const ends = uploads.map(({ at, durationMs }) => Date.parse(at) + durationMs);
  expect(Math.min(...tagged.map(({ at }) => Date.parse(at)))).toBeGreaterThanOrEqual(Math.max(...ends) - 2);
}, 60_000);

test('a promotion of 8 images within their repositories reads each repository once', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `service-${index + 1}`);
  const scene = await scenario();
  for (const name of names) {
    await scene.shared.createRepository(`payroll/${name}`);
    await scene.publish(`payroll/${name}`, 'build-1.0.0', { name });
  }
  const config = [
    'registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll',
    'ledger: off',
    'images:',
    ...names.map((name) => `  ${name}: {}`),
    'environments: { dev: { from: build, gate: off } }',
  ].join('\n');
  const given = { version: '1.0.0', 'target-environment': 'dev' };
  const count = async () => {
    const { requests, codes } = await scene.play(promote, { files: { 'towpath.yaml': config }, given });
    expect(codes).toEqual([]);
    const operations = Map.groupBy(requests, ({ operation }) => operation);
    return Object.fromEntries([...operations].map(([operation, some]) => [operation, some.length]));
  };
  const reads = { 'ecr:BatchGetImage': 8, 'ecr:DescribeRepositories': 1 };
  expect(await count()).toEqual({ ...reads, 'ecr:PutImage': 8 });
  expect(await count()).toEqual(reads);
});
