import { expect, test } from '@jest/globals';
import { provisioning, scenario, writesOf } from './harness/team.ts';

const names = Array.from({ length: 200 }, (_, index) => `image-${index}`);
const config = `registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { ${names.map((name) => `${name}: {}`).join(', ')} }
environments: { dev: { from: build } }
repositories: { lifecycle: { keep: 5 }, readers: { accounts: ['444455556666'] }, tags: { team: x } }
`;

test('200 repositories are planned in fewer than 1,000 calls and 20 s at 20 ms, and then nothing is written', async () => {
  const scene = await scenario();
  expect((await provisioning(scene, '', { config })).green).toBe(true);
  scene.emulator.addFault({ kind: 'slow', latencyMs: 20, times: 0 });
  const started = performance.now();
  const ending = await provisioning(scene, '', { config });
  expect(ending).toMatchObject({ green: true, outputs: { changed: 'false' } });
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(ending.requests.length).toBeLessThan(1000);
  expect(writesOf(ending)).toEqual([]);
}, 120_000);
