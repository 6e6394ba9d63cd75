import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import {
  brief,
  config,
  entries,
  problems,
  promoteThrough,
  promoting,
  publish,
  run,
  team,
} from './harness/team.ts';

const rollback = { rollback: 'true' };
const critical = [{ name: 'CVE-2026-1', severity: 'CRITICAL' as const }];

/** Creates a team whose dev had these versions, one after the other. */
async function history(...versions: readonly string[]) {
  const scene = await team();
  await publish(scene, ...versions);
  for (const version of versions) await promoteThrough(scene, version, 'dev');
  return scene;
}

describe('a rollback', () => {
  test('returns the environment to its previous set, and its moving tags follow', async () => {
    const scene = await history('1.0.0', '1.1.0');
    const { codes, outputs, summaries, annotations } = await promoting(scene, 'dev', {
      ...rollback,
      reason: 'slow',
    });
    expect([codes, outputs.entry, outputs.version]).toEqual([[], 'dev.3', '1.0.0']);
    const [entry] = await entries(scene, 'dev');
    expect(entry).toMatchObject({ kind: 'rollback', version: '1.0.0', restores: 1, reason: 'slow' });
    expect(entry?.images.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
    for (const name of ['payroll/backend', 'payroll/web'])
      expect(await scene.shared.digestOf(name, 'dev')).toBe(await scene.shared.digestOf(name, 'build-1.0.0'));
    expect(summaries.join()).toMatch(/Rolled dev back to 1.*Reason: slow/s);
    // The tag dev moves with every version.
    expect(annotations).toEqual([]);
  });

  test('writes the deployment files of the set that it returns to', async () => {
    const scene = await history('1.0.0', '1.1.0');
    const { codes, workspace, outputs } = await promoting(scene, 'dev', {
      ...rollback,
      'deployment-files': 'deploy',
    });
    expect([codes, existsSync(`${workspace}/deploy/imagedefinitions.json`)]).toEqual([[], true]);
    expect(outputs['parameter-overrides']).toContain('DeploymentVersion=1.0.0');
  });

  test('goes back further the second time, not to and fro', async () => {
    const scene = await history('1.0.0', '1.1.0', '1.2.0');
    for (const id of [1, 2])
      expect((await promoting(scene, 'dev', rollback, { env: run(id) })).codes).toEqual([]);
    expect((await entries(scene, 'dev')).map(brief).slice(0, 2)).toEqual([
      '5 rollback of 1: backend 1.0.0, web 1.0.0',
      '4 rollback of 2: backend 1.1.0, web 1.1.0',
    ]);
    const third = await promoting(scene, 'dev', rollback, { env: run(3) });
    expect(third.codes).toEqual(['rollback-impossible']);
    expect(problems(third)[0]).toContain('list no set before the current one');
  });

  test('returns to the set before a promotion, not to a version that was rolled back', async () => {
    const scene = await history('1.0.0', '1.1.0');
    await promoting(scene, 'dev', rollback, { env: run(1) });
    await publish(scene, '1.2.0');
    await promoteThrough(scene, '1.2.0', 'dev');
    await promoting(scene, 'dev', rollback, { env: run(2) });
    expect((await entries(scene, 'dev')).map(brief)[0]).toBe('5 rollback of 1: backend 1.0.0, web 1.0.0');
  });

  test('that is started again continues, and goes back no further', async () => {
    const scene = await history('1.0.0', '1.1.0', '1.2.0');
    for (const attempt of ['1', '2']) {
      const env = { ...run(9), GITHUB_RUN_ATTEMPT: attempt };
      expect((await promoting(scene, 'dev', rollback, { env })).outputs.entry).toBe('dev.4');
    }
  });

  test('with a version returns to that set of the history', async () => {
    const scene = await history('1.0.0', '1.1.0', '1.2.0');
    expect((await promoting(scene, 'dev', { ...rollback, version: '1.0.0' })).codes).toEqual([]);
    expect((await entries(scene, 'dev')).map(brief)[0]).toBe('4 rollback of 1: backend 1.0.0, web 1.0.0');
    const unknown = await promoting(scene, 'dev', { ...rollback, version: '0.9.0' });
    expect(unknown.codes).toEqual(['rollback-impossible']);
    expect(problems(unknown)[0]).toContain('Set version to one that dev had: 1.2.0, 1.1.0.');
  });

  test('returns every image, also if only one was promoted last', async () => {
    const scene = await history('1.0.0', '1.1.0');
    await publish(scene, '1.2.0');
    await promoting(scene, 'dev', { version: '1.2.0', only: 'web' });
    expect((await promoting(scene, 'dev', rollback)).codes).toEqual([]);
    expect((await entries(scene, 'dev')).map(brief)[0]).toBe('4 rollback of 2: backend 1.1.0, web 1.1.0');
  });

  test('records a verdict that fails, and is not stopped by it', async () => {
    const scene = await history('1.0.0', '1.1.0');
    const digest = await scene.shared.digestOf('payroll/backend', 'build-1.0.0');
    scene.emulator.addFindings({ [digest ?? '']: { findings: critical } });
    const { codes, annotations } = await promoting(scene, 'dev', rollback);
    expect(codes).toEqual([]);
    expect(annotations.map(({ message }) => message).join()).toContain(
      'backend is in dev with the verdict fail',
    );
    expect((await entries(scene, 'dev'))[0]?.images.map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
  });

  test('is not stopped if the scans cannot be read', async () => {
    const scene = await history('1.0.0', '1.1.0');
    const operation = 'ecr:DescribeImageScanFindings';
    scene.emulator.addFault({ kind: 'exception', exception: 'AccessDeniedException', operation, times: 0 });
    expect((await promoting(scene, 'dev', rollback)).codes).toEqual([]);
    expect((await entries(scene, 'dev'))[0]?.images[0]?.verdict).toBe('unknown');
  });

  test('takes latest with it, although a higher version exists', async () => {
    const scene = await team();
    const yaml = config.replace(
      /dev: .*/,
      `dev: { from: build, tags: ['{environment}-{version}', latest, '{major}'] }`,
    );
    const files = { 'towpath.yaml': yaml };
    await publish(scene, '1.0.0', '1.1.0', '1.2.0');
    for (const version of ['1.0.0', '1.1.0'])
      expect((await promoting(scene, 'dev', { version }, { files })).codes).toEqual([]);
    expect((await promoting(scene, 'dev', rollback, { files })).codes).toEqual([]);
    const digest = (tag: string) => scene.shared.digestOf('payroll/web', tag);
    expect([await digest('latest'), await digest('1')]).toEqual([
      await digest('build-1.0.0'),
      await digest('build-1.0.0'),
    ]);
    expect((await promoting(scene, 'dev', { version: '1.2.0' }, { files })).codes).toEqual([]);
    expect(await digest('latest')).toBe(await digest('build-1.2.0'));
  });

  test('finds its images although the version tag of one was moved to another image', async () => {
    const scene = await history('1.0.0', '1.1.0');
    const before = await scene.shared.digestOf('payroll/backend', 'dev-1.0.0');
    await scene.publish('payroll/backend', 'dev-1.0.0', { name: 'backend', content: 'moved' });
    expect((await promoting(scene, 'dev', rollback)).codes).toEqual([]);
    expect(await scene.shared.digestOf('payroll/backend', 'dev')).toBe(before);
    expect(await scene.shared.digestOf('payroll/backend', 'dev-1.0.0')).not.toBe(before);
  });
});

describe('a rollback is rejected', () => {
  test('if an image of the set was deleted', async () => {
    const scene = await history('1.0.0', '1.1.0');
    await scene.shared.deleteTags('payroll/web', 'build-1.0.0', 'dev-1.0.0');
    const ending = await promoting(scene, 'dev', rollback);
    expect(ending.codes).toEqual(['image-missing']);
    expect(problems(ending)[0]).toContain('Image web 1.0.0 of dev was deleted');
    expect(await entries(scene, 'dev')).toHaveLength(2);
  });

  test('without a ledger, and in an environment that had one set', async () => {
    const off = { 'towpath.yaml': `${config}ledger: off\n` };
    expect((await promoting(await team(), 'dev', rollback, { files: off })).codes).toEqual([
      'rollback-impossible',
    ]);
    const first = await promoting(await history('1.0.0'), 'dev', rollback);
    expect(first.codes).toEqual(['rollback-impossible']);
    expect(problems(first)[0]).toContain('its only entry lists no set before the current one');
  });

  test('if it also names images or a source', async () => {
    const scene = await history('1.0.0');
    const given = { ...rollback, only: 'web', 'source-environment': 'build' };
    expect((await promoting(scene, 'dev', given)).codes).toEqual(['input-invalid', 'input-invalid']);
    expect((await promoting(scene, 'dev', {})).codes).toEqual(['input-invalid']);
  });

  test('if the given images are others', async () => {
    const scene = await history('1.0.0', '1.1.0');
    const digest = await scene.shared.digestOf('payroll/web', 'build-1.1.0');
    const images = JSON.stringify([{ name: 'web', digest }]);
    const { codes } = await promoting(scene, 'dev', { ...rollback, images });
    expect(new Set(codes)).toEqual(new Set(['digest-mismatch']));
  });
});
