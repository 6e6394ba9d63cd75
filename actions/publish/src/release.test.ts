import { describe, expect, test } from '@jest/globals';
import type { Scenario } from '@towpath/testing';
import { backend, config, publishing, team, teamWithLedger, web, writes } from './harness/team.ts';

describe('a release', () => {
  const run = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/payroll' };
  const first = { ...run, GITHUB_RUN_ID: '41' };
  const second = { ...run, GITHUB_RUN_ID: '42' };

  test('is written into the ledger when the whole set is tagged, and is the last that is written', async () => {
    const scene = await teamWithLedger();
    const ending = await publishing(scene, { env: first });
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0', '1.0.0.intent.1']);
    expect(writes(ending).at(-1)).toBe('ecr:PutImage payroll/towpath');
    expect(ending.summaries.join()).toContain('is in the ledger');
  });

  test('of the same set is there already', async () => {
    const scene = await teamWithLedger();
    await publishing(scene, { env: first });
    const again = await publishing(scene, { env: second });
    expect(again.green).toBe(true);
    expect(writes(again)).toEqual([]);
    expect(again.summaries.join()).toContain('nothing was written');
  });

  test('of another set is refused, and both runs are named', async () => {
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

  test('of a set that an image has joined since is refused', async () => {
    const scene = await teamWithLedger();
    const smaller = { 'towpath.yaml': config.replace(/ {2}web.*\n/, '') };
    await publishing(scene, { files: smaller });
    const larger = await publishing(scene);
    expect(larger.codes).toEqual(['version-taken']);
    expect(larger.annotations[0]?.message).toContain('web was not part of it');
  });

  test('is not written by a choice of images, which is held against one that is there', async () => {
    const scene = await teamWithLedger();
    const alone = await publishing(scene, { given: { only: 'backend' } });
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0.intent.1']);
    expect(alone.summaries.join()).toContain('not all images');
    await publishing(scene);
    const again = await publishing(scene, { given: { only: 'backend' } });
    expect(again.green).toBe(true);
  });

  test('two runs that race for it with the same images both win', async () => {
    const scene = await teamWithLedger();
    const endings = await Promise.all([
      publishing(scene, { env: first }),
      publishing(scene, { env: second }),
    ]);
    expect(endings.map(({ green }) => green)).toEqual([true, true]);
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0', '1.0.0.intent.1']);
  });

  test('cannot be anything else in its repository', async () => {
    const scene = await teamWithLedger();
    await scene.publish('payroll/towpath', '1.0.0', backend);
    const { codes } = await publishing(scene);
    expect(codes).toEqual(['release-invalid']);
  });
});

describe('an intent', () => {
  const tagsOf = (scene: Scenario) => scene.shared.tags('payroll/towpath');

  test('is in the ledger before anything of the images is written', async () => {
    const written = writes(await publishing(await teamWithLedger()));
    const own = (write: string) => write.endsWith(' payroll/towpath');
    const intent = written.indexOf('ecr:PutImage payroll/towpath');
    expect(intent).toBeLessThan(written.findIndex((write) => !own(write)));
    expect(written.slice(0, intent).every(own)).toBe(true);
  });

  test('is written for some images, too, and only once for the same', async () => {
    const scene = await teamWithLedger();
    const given = { only: 'backend' };
    await publishing(scene, { given });
    expect(await tagsOf(scene)).toEqual(['1.0.0.intent.1']);
    expect(writes(await publishing(scene, { given }))).toEqual([]);
    await publishing(scene);
    expect(await tagsOf(scene)).toEqual(['1.0.0', '1.0.0.intent.1', '1.0.0.intent.2']);
  });

  test('of a run that failed before its tags does not bind the next one', async () => {
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

  test('is planned in words, and not written in a dry run', async () => {
    const scene = await teamWithLedger();
    const { lines } = await publishing(scene, { given: { 'dry-run': 'true' } });
    expect(lines.join('\n')).toMatch(/write the intent of 1\.0\.0 into [^]*upload [^]*write release 1\.0\.0/);
    expect(await tagsOf(scene)).toEqual([]);
  });

  test('is not written without a ledger, or with ledger: off', async () => {
    const off = { 'towpath.yaml': `${config}ledger: off\n` };
    const scene = await teamWithLedger();
    expect((await publishing(scene, { files: off })).codes).toEqual([]);
    expect(await tagsOf(scene)).toEqual([]);
    const bare = await team();
    expect((await publishing(bare)).codes).toEqual([]);
    expect(await bare.shared.repository('payroll/towpath')).toBeUndefined();
  });

  test('is written into the ledger that create-repository creates, for some images too', async () => {
    const scene = await team();
    const given = { only: 'backend', 'create-repository': 'true' };
    expect((await publishing(scene, { given })).codes).toEqual([]);
    expect(await tagsOf(scene)).toEqual(['1.0.0.intent.1']);
  });
});
