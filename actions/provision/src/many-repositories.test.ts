import { expect, test } from '@jest/globals';
import { provisioning, scenario, writesOf, type Ending } from './harness/team.ts';

const names = Array.from({ length: 200 }, (_, index) => `image-${index}`);
const registry = 'registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll';
const settings = "lifecycle: { keep: 5 }, readers: { accounts: ['444455556666'] }, tags: { team: x }";
const images = `${registry}
images: { ${names.map((name) => `${name}: {}`).join(', ')} }
environments: { dev: { from: build } }
repositories: { ${settings} }
`;
/** A platform team has no images of its own. */
const platform = (tag: string) => `${registry}
images: {}
environments: { dev: { from: build } }
repositories:
  matching: { 'payroll/*': { ${settings.replace('team: x', tag)} } }
  registry: { blob-mounting: true, scanning: { on-push: ['payroll/*'] }, replication: [], pull-through: [] }
`;

test('200 repositories are planned in fewer than 1,000 calls and 20 s at 20 ms, and then nothing is written', async () => {
  const scene = await scenario();
  expect((await provisioning(scene, '', { config: images })).green).toBe(true);
  // The platform team's settings of the registry.
  expect(writesOf(await provisioning(scene, '', { config: platform('team: x') }))).toEqual([
    'ecr:PutAccountSetting',
    'ecr:PutRegistryScanningConfiguration',
  ]);
  scene.emulator.addFault({ kind: 'slow', latencyMs: 20, times: 0 });
  const timed = async (config: string, given: Readonly<Record<string, string>> = {}): Promise<Ending> => {
    const started = performance.now();
    const ending = await provisioning(scene, '', { config, given });
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(ending.green).toBe(true);
    expect(ending.requests.length).toBeLessThan(1000);
    return ending;
  };
  for (const config of [images, platform('team: x')]) {
    const unchanged = await timed(config);
    expect(unchanged.outputs.changed).toBe('false');
    expect(writesOf(unchanged)).toEqual([]);
  }
  // All of them change.
  const planned = await timed(platform('team: y'), { mode: 'plan' });
  expect(planned.outputs.changed).toBe('true');
  expect(JSON.parse(planned.outputs.repositories ?? '')).toHaveLength(200);
  expect(writesOf(planned)).toEqual([]);
}, 120_000);

test('a call that ECR throttles is sent again', async () => {
  const scene = await scenario();
  for (const name of ['a', 'b', 'c', 'towpath']) await scene.shared.createRepository(`payroll/${name}`);
  scene.emulator.addFault({
    kind: 'exception',
    exception: 'ThrottlingException',
    operation: 'ecr:TagResource',
    nth: 2,
  });
  const config = `${registry}\nimages: {}\nrepositories: { matching: { '*': { tags: { a: b } } } }\n`;
  const ending = await provisioning(scene, '', { config });
  expect(ending.green).toBe(true);
  // ECR throttled one of the three calls, which was sent again.
  expect(writesOf(ending)).toHaveLength(4);
  expect(writesOf(await provisioning(scene, '', { config }))).toEqual([]);
});

test('more repositories than ECR lists at once are read page by page, and only those that differ are written', async () => {
  const scene = await scenario();
  const count = 1010;
  const numbers = Array.from({ length: count }, (_, index) => String(index).padStart(4, '0'));
  for (const number of numbers) await scene.shared.createRepository(`payroll/${number}`);
  await scene.shared.createRepository('payroll/towpath');
  await scene.shared.createRepository('payroll/1005-moving', 'MUTABLE');
  const config = `${registry}
images: {}
repositories: { matching: { 'payroll/*': { immutability: immutable, scan-on-push: true } } }
`;
  const ending = await provisioning(scene, '', { config });
  expect(ending.green).toBe(true);
  expect(JSON.parse(ending.outputs.repositories ?? '')).toHaveLength(count + 1);
  expect(ending.requests.filter(({ operation }) => operation === 'ecr:DescribeRepositories')).toHaveLength(2);
  expect(writesOf(ending)).toEqual(['ecr:PutImageTagMutability']);
  expect((await provisioning(scene, '', { config, given: { mode: 'check' } })).outputs.changed).toBe('false');
}, 60_000);
