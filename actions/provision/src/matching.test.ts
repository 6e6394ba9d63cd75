import { describe, expect, test } from '@jest/globals';
import { provisioning, scenario, writesOf, type Scenario } from './harness/team.ts';

const matching = (text: string) => `repositories: { matching: { ${text} } }`;

async function registry(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of ['tools/a', 'tools/b', 'tools/towpath', 'other/c', 'payroll/web', 'payroll/towpath'])
    await scene.shared.createRepository(name);
  return scene;
}

describe('settings by pattern', () => {
  test('apply to repositories that exist, and not to ledgers and to those of images', async () => {
    const scene = await registry();
    const settings = matching(
      "'tools/*': { scan-on-push: true, tags: { team: tools } }, '*/b': { tags: { tier: low } }",
    );
    const planned = await provisioning(scene, settings, { given: { mode: 'plan' } });
    expect(planned.outputs.changed).toBe('true');
    const applied = await provisioning(scene, settings);
    expect(applied.green).toBe(true);
    const changed = (
      JSON.parse(applied.outputs.repositories ?? '') as { repository: string; action: string }[]
    )
      .filter(({ action }) => action !== 'leave')
      .map(({ repository }) => repository);
    expect(changed).toEqual(['tools/a', 'tools/b']);
    expect(await scene.shared.repository('tools/b')).toMatchObject({
      imageScanningConfiguration: { scanOnPush: true },
    });
    expect(writesOf(await provisioning(scene, settings))).toEqual([]);
    const other = await provisioning(scene, settings.replace('tier: low', 'tier: high'), {
      given: { mode: 'check' },
    });
    expect(other.codes).toEqual(['repositories-differ']);
    expect((await provisioning(scene, matching("'payroll/*': { scan-on-push: true }"))).outputs.changed).toBe(
      'false',
    );
  });

  test('later patterns replace earlier ones and the common settings', async () => {
    const scene = await registry();
    const settings = `repositories: { immutability: immutable, matching: { '*': {}, 'tools/*': { immutability: mutable } } }`;
    await provisioning(scene, settings);
    expect(await scene.shared.repository('other/c')).toMatchObject({ imageTagMutability: 'IMMUTABLE' });
    expect(await scene.shared.repository('tools/a')).toMatchObject({ imageTagMutability: 'MUTABLE' });
  });

  test('of a pattern that matches nothing are pointed out', async () => {
    const scene = await registry();
    const ending = await provisioning(scene, matching("'tool/*': { scan-on-push: false }"));
    expect(ending.annotations.map(({ message }) => message)).toEqual([
      'repositories.matching.tool/* matches no repository. Check the pattern.',
    ]);
  });

  test('are left out of a run for some of the images', async () => {
    const scene = await registry();
    const ending = await provisioning(scene, matching("'tools/*': { scan-on-push: true }"), {
      given: { only: 'web' },
    });
    expect(ending.outputs.changed).toBe('false');
  });

  test('never expire what has a tag of an environment', async () => {
    const scene = await registry();
    await scene.publish('tools/a', 'dev-1', { name: 'a' });
    const settings = matching(
      "'tools/*': { lifecycle: { rules: [{ selection: { tagStatus: any, countType: imageCountMoreThan, countNumber: 1 }, action: { type: expire } }] } }",
    );
    await scene.publish('tools/a', 'build-2', { name: 'a', content: 'two' });
    const ending = await provisioning(scene, settings, { given: { 'max-expire': '100%' } });
    expect(ending.codes).toEqual(['expiry-refused']);
    expect(ending.annotations.map(({ message }) => message).join()).toContain('its tag dev-1 belongs to dev');
  });
});
