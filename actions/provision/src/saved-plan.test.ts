import { describe, expect, test } from '@jest/globals';
import type { Play } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { provisioning, scenario, writesOf, type Ending, type Scenario } from './harness/team.ts';

const settings = 'repositories: { tags: { team: a } }';

async function saved(scene: Scenario): Promise<string> {
  const planned = await provisioning(scene, settings, { given: { mode: 'plan', 'plan-out': 'plan.json' } });
  expect(planned.green).toBe(true);
  return readFileSync(join(planned.workspace, 'plan.json'), 'utf8');
}

function applying(scene: Scenario, plan: string, written = settings): Promise<Ending> {
  return provisioning(scene, written, { files: { 'plan.json': plan }, given: { plan: 'plan.json' } });
}

async function withWeb(): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/towpath');
  await scene.shared.createRepository('payroll/web');
  return scene;
}

test('a saved plan is applied as it is, and only once', async () => {
  const scene = await withWeb();
  const plan = await saved(scene);
  const applied = await applying(scene, plan);
  expect(writesOf(applied)).toEqual(['ecr:TagResource']);
  const marked = readFileSync(join(applied.workspace, 'plan.json'), 'utf8');
  expect(marked).toContain('"applied"');
  for (const again of [marked, plan]) {
    const ending = await applying(scene, again);
    expect(ending.codes).toEqual(['plan-outdated']);
    expect(writesOf(ending)).toEqual([]);
  }
});

test('a push between plan and apply does not make the plan outdated', async () => {
  const scene = await withWeb();
  const plan = await saved(scene);
  await scene.publish('payroll/web', 'build-1', { name: 'web' });
  expect((await applying(scene, plan)).green).toBe(true);
});

test.each<{ name: string; change: (scene: Scenario) => Promise<unknown>; written?: string }>([
  {
    name: 'a setting of a repository changed',
    change: (scene) => provisioning(scene, 'repositories: { scan-on-push: false }'),
  },
  {
    name: 'the configuration changed',
    change: () => Promise.resolve(),
    written: 'repositories: { tags: { team: b } }',
  },
])('a saved plan is refused if $name', async ({ change, written }) => {
  const scene = await withWeb();
  const plan = await saved(scene);
  await change(scene);
  const ending = await applying(scene, plan, written);
  expect(ending.codes).toEqual(['plan-outdated']);
  expect(writesOf(ending)).toEqual([]);
});

test.each<{ name: string; edit: (plan: string) => string }>([
  { name: 'was edited', edit: (plan) => plan.replaceAll('"a"', '"b"') },
  { name: 'is of another action', edit: (plan) => plan.replace('"provision"', '"promote"') },
  { name: 'is not JSON', edit: () => '{' },
])('a saved plan that $name is refused', async ({ edit }) => {
  const scene = await withWeb();
  const ending = await applying(scene, edit(await saved(scene)));
  expect(ending.codes).toEqual(['plan-outdated']);
  expect(writesOf(ending)).toEqual([]);
});

describe('a saved plan of the registry of the job is refused', () => {
  // The configuration is the same for all accounts and regions.
  const config = 'images: { web: { repository: payroll/web } }\nledger: off\n';

  /** Creates the same repository in two accounts and two regions, and plans for one of them. */
  async function twins(): Promise<{ scene: Scenario; plan: string }> {
    const scene = await scenario({ regions: ['us-east-1', 'us-west-2'] });
    const { shared, prod } = scene;
    for (const account of [shared, prod, shared.in('us-west-2')])
      await account.createRepository('payroll/web');
    const given = { mode: 'plan', 'plan-out': 'plan.json' };
    const planned = await provisioning(scene, settings, { config, given });
    expect(planned).toMatchObject({ green: true, outputs: { changed: 'true' } });
    return { scene, plan: readFileSync(join(planned.workspace, 'plan.json'), 'utf8') };
  }

  test.each<{ name: string; as: (scene: Scenario) => NonNullable<Play['as']> }>([
    { name: 'in another account', as: ({ prod }) => prod },
    { name: 'in another region', as: ({ shared }) => shared.in('us-west-2') },
  ])('$name', async ({ as }) => {
    const { scene, plan } = await twins();
    const play = { config, files: { 'plan.json': plan }, given: { plan: 'plan.json' } };
    const ending = await provisioning(scene, settings, { ...play, as: as(scene) });
    expect(ending.codes).toEqual(['plan-outdated']);
    expect(writesOf(ending)).toEqual([]);
    expect(writesOf(await provisioning(scene, settings, play))).toEqual(['ecr:TagResource']);
  });
});

test('a plan file says in words what it does, also after it was applied', async () => {
  const scene = await withWeb();
  const plan = await saved(scene);
  const applied = await applying(scene, plan);
  for (const text of [plan, readFileSync(join(applied.workspace, 'plan.json'), 'utf8')])
    expect(JSON.parse(text)).toMatchObject({
      computedFrom: { facts: expect.stringMatching(/^sha256:/) as unknown },
      steps: [{ what: expect.stringContaining('change tags of') as unknown, why: 'from nothing to team=a' }],
    });
});

test('a saved plan needs mode: apply', async () => {
  const scene = await scenario();
  const ending = await provisioning(scene, settings, { given: { mode: 'plan', plan: 'plan.json' } });
  expect(ending.codes).toEqual(['input-invalid']);
});
