import { describe, expect, test } from '@jest/globals';
import { putLifecyclePolicy } from '@towpath/ecr';
import type { Digest } from '@towpath/reference';
import { sessionOf } from '@towpath/testing';
import { cellOf, entry, hostOf, show, statesOf, write } from './harness/ledger.ts';
import { publish, tag, promote, team } from './harness/team.ts';

describe('drift', () => {
  test('is a tag that points at another image', async () => {
    const scene = await team();
    const [one, two] = [await publish(scene, '1.0.0'), await publish(scene, '1.1.0')];
    await promote(scene, 'prod', 1, '1.0.0', one);
    await tag(scene, two, 'prod-1.0.0');
    const { board: shown, outputs, annotations } = await show(scene);
    expect(statesOf(cellOf(shown, 'prod'))).toEqual({ image: 'ok', tag: 'drift', order: 'not-observed' });
    expect(cellOf(shown, 'prod').checks[1]?.detail).toContain(two.slice(0, 19));
    expect(outputs.drift).toBe('1');
    expect(annotations.map(({ message }) => message)).toEqual([
      'Images that differ from the ledger: 1. The summary lists them.',
    ]);
  });

  test('is an image that does not exist any more', async () => {
    const scene = await team();
    await write(scene, [entry('prod', 1, '1.0.0')]);
    expect(statesOf(cellOf((await show(scene)).board, 'prod'))).toMatchObject({
      image: 'drift',
      tag: 'not-observed',
    });
  });

  test('is an image that is ahead of the source environment', async () => {
    const scene = await team();
    await write(scene, [
      entry('test', 1, '1.9.0', { from: 'build' }),
      entry('prod', 1, '1.10.0', { from: 'test', kind: 'break-glass' }),
    ]);
    const { board: shown } = await show(scene);
    expect(cellOf(shown, 'prod').checks).toContainEqual({
      about: 'order',
      state: 'drift',
      detail: 'It is ahead of test, which has 1.9.0.',
    });
  });

  test('is an image of the same version with another digest than in the source', async () => {
    const scene = await team();
    const images = [
      {
        name: 'web',
        repository: 'payroll/web',
        digest: `sha256:${'9'.repeat(64)}` as Digest,
        version: '1.0.0',
      },
    ];
    await write(scene, [
      entry('test', 1, '1.0.0', { from: 'build' }),
      entry('prod', 1, '1.0.0', { from: 'test', images }),
    ]);
    expect(statesOf(cellOf((await show(scene)).board, 'prod')).order).toBe('drift');
  });

  test('is never the same as an observation that is missing', async () => {
    const scene = await team();
    const digest = await publish(scene, '1.0.0');
    await promote(scene, 'dev', 1, '1.0.0', digest, { from: 'build' });
    const { board: shown, outputs, requests } = await show(scene, { observe: 'none' });
    expect(statesOf(cellOf(shown, 'dev'))).toEqual({ image: 'not-observed', tag: 'not-observed' });
    expect(outputs).toMatchObject({ drift: '0', 'not-observed': '1' });
    expect(requests.filter(({ repository }) => repository === 'payroll/web')).toEqual([]);
  });
});

describe('with observe: lifecycle', () => {
  const rule = (selection: object): string =>
    JSON.stringify({
      rules: [{ rulePriority: 1, selection: { tagStatus: 'any', ...selection }, action: { type: 'expire' } }],
    });

  test.each([
    {
      name: 'soon',
      policy: rule({ countType: 'sinceImagePushed', countUnit: 'days', countNumber: 5 }),
      state: 'drift',
    },
    {
      name: 'later',
      policy: rule({ countType: 'sinceImagePushed', countUnit: 'days', countNumber: 9000 }),
      state: 'ok',
    },
    {
      name: 'for newer images',
      policy: rule({ countType: 'imageCountMoreThan', countNumber: 1 }),
      state: 'drift',
    },
    { name: 'never', policy: undefined, state: 'ok' },
  ])('an image that a policy expires $name is $state', async ({ policy, state }) => {
    const scene = await team();
    const digest = await publish(scene, '1.0.0');
    await promote(scene, 'prod', 1, '1.0.0', digest, { from: 'build' });
    scene.emulator.advance(60_000);
    await publish(scene, '1.1.0');
    const ecr = sessionOf(scene, scene.shared).ecr(hostOf(scene.shared));
    if (policy !== undefined) await putLifecyclePolicy(ecr, 'payroll/web', policy);
    const { board: shown } = await show(scene, { observe: 'tags,lifecycle' });
    expect(statesOf(cellOf(shown, 'prod'))).toEqual({ image: 'ok', tag: 'ok', lifecycle: state });
  });

  test('a repository beyond the limit of requests is not observed', async () => {
    const scene = await team();
    await write(scene, [entry('prod', 1, '1.0.0', { from: 'build' })]);
    const { board: shown } = await show(scene, { observe: 'lifecycle', 'max-calls': '3' });
    expect(statesOf(cellOf(shown, 'prod')).lifecycle).toBe('not-observed');
  });
});
