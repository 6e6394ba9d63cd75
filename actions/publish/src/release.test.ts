import { describe, expect, test } from '@jest/globals';
import type { Scenario } from '@towpath/testing';
import { backend, config, publishing, team, teamWithLedger, web, writes } from './harness/team.ts';

describe('a release', () => {
  const run = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/payroll' };
  const first = { ...run, GITHUB_RUN_ID: '41' };
  const second = { ...run, GITHUB_RUN_ID: '42' };

  test('is written to the ledger last, after the whole set is tagged', async () => {
    const scene = await teamWithLedger();
    const ending = await publishing(scene, { env: first });
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0', '1.0.0.intent.1']);
    expect(writes(ending).at(-1)).toBe('ecr:PutImage payroll/towpath');
    expect(ending.summaries.join()).toContain('is in the ledger');
  });

  test('of the same set already exists', async () => {
    const scene = await teamWithLedger();
    await publishing(scene, { env: first });
    const again = await publishing(scene, { env: second });
    expect(again.green).toBe(true);
    expect(writes(again)).toEqual([]);
    expect(again.summaries.join()).toContain('nothing was written');
  });

  test('of a different set is rejected, and both runs are named', async () => {
    const scene = await teamWithLedger();
    await publishing(scene, { env: first });
    const other = await publishing(scene, {
      env: second,
      imageSet: [{ ...backend, content: 'changed' }, web],
    });
    expect(other.codes).toEqual(['tag-conflict', 'version-taken']);
    const told = other.annotations.map(({ message }) => message).join('\n');
    expect(told).toMatch(/It was published by https:\/\/github.com\/acme\/payroll\/actions\/runs\/41/);
    expect(told).toMatch(/this is https:\/\/github.com\/acme\/payroll\/actions\/runs\/42/);
    expect(writes(other)).toEqual([]);
  });

  test('of a set with an added image is rejected', async () => {
    const scene = await teamWithLedger();
    const smaller = { 'towpath.yaml': config.replace(/ {2}web.*\n/, '') };
    await publishing(scene, { files: smaller });
    const larger = await publishing(scene);
    expect(larger.codes).toEqual(['version-taken']);
    expect(larger.annotations[0]?.message).toContain('web was not part of the version');
  });

  test('is not written for some of the images, which are compared with an existing release', async () => {
    const scene = await teamWithLedger();
    const alone = await publishing(scene, { given: { only: 'backend' } });
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0.intent.1']);
    expect(alone.summaries.join()).toContain('not all images');
    await publishing(scene);
    const again = await publishing(scene, { given: { only: 'backend' } });
    expect(again.green).toBe(true);
  });

  test('is written by two concurrent runs with the same images without an error', async () => {
    const scene = await teamWithLedger();
    const endings = await Promise.all([
      publishing(scene, { env: first }),
      publishing(scene, { env: second }),
    ]);
    expect(endings.map(({ green }) => green)).toEqual([true, true]);
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0', '1.0.0.intent.1']);
  });

  test('is the only kind of content under its tag', async () => {
    const scene = await teamWithLedger();
    await scene.publish('payroll/towpath', '1.0.0', backend);
    const { codes } = await publishing(scene);
    expect(codes).toEqual(['release-invalid']);
  });
});

describe('an intent', () => {
  const tagsOf = (scene: Scenario) => scene.shared.tags('payroll/towpath');

  test('is in the ledger before any image content is written', async () => {
    const written = writes(await publishing(await teamWithLedger()));
    const own = (write: string) => write.endsWith(' payroll/towpath');
    const intent = written.indexOf('ecr:PutImage payroll/towpath');
    expect(intent).toBeLessThan(written.findIndex((write) => !own(write)));
    expect(written.slice(0, intent).every(own)).toBe(true);
  });

  test('is also written for some of the images, and only once for the same ones', async () => {
    const scene = await teamWithLedger();
    const given = { only: 'backend' };
    await publishing(scene, { given });
    expect(await tagsOf(scene)).toEqual(['1.0.0.intent.1']);
    expect(writes(await publishing(scene, { given }))).toEqual([]);
    await publishing(scene);
    expect(await tagsOf(scene)).toEqual(['1.0.0', '1.0.0.intent.1', '1.0.0.intent.2']);
  });

  test('of a run that failed before its tags does not bind the next run', async () => {
    const scene = await teamWithLedger();
    scene.emulator.addFault({
      kind: 'exception',
      exception: 'AccessDeniedException',
      operation: 'ecr:PutImage',
      nth: 2,
    });
    expect((await publishing(scene)).codes).toEqual(['access-denied']);
    const imageSet = [{ ...backend, content: 'again', sources: 'backend' }, web];
    const { codes, outputs } = await publishing(scene, { imageSet });
    expect(codes).toEqual([]);
    expect(await tagsOf(scene)).toEqual(['1.0.0', '1.0.0.intent.1', '1.0.0.intent.2']);
    expect(outputs.digests).toContain(await scene.shared.digestOf('payroll/backend', 'build-1.0.0'));
  });

  test('is shown in the plan and not written in a dry run', async () => {
    const scene = await teamWithLedger();
    const { lines } = await publishing(scene, { given: { 'dry-run': 'true' } });
    expect(lines.join('\n')).toMatch(/write the intent of 1\.0\.0 into [^]*upload [^]*write release 1\.0\.0/);
    expect(await tagsOf(scene)).toEqual([]);
  });

  test('is not written without a ledger or with ledger: off', async () => {
    const off = { 'towpath.yaml': `${config}ledger: off\n` };
    const scene = await teamWithLedger();
    expect((await publishing(scene, { files: off })).codes).toEqual([]);
    expect(await tagsOf(scene)).toEqual([]);
    const bare = await team();
    expect((await publishing(bare)).codes).toEqual([]);
    expect(await bare.shared.repository('payroll/towpath')).toBeUndefined();
  });

  test('is written to the ledger that create-repository creates, also for some of the images', async () => {
    const scene = await team();
    const given = { only: 'backend', 'create-repository': 'true' };
    expect((await publishing(scene, { given })).codes).toEqual([]);
    expect(await tagsOf(scene)).toEqual(['1.0.0.intent.1']);
  });
});
