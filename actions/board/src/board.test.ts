import { describe, expect, test } from '@jest/globals';
import { findImages } from '@towpath/ecr';
import type { Digest } from '@towpath/reference';
import { scenario, sessionOf } from '@towpath/testing';
import { board } from './action.ts';
import {
  cellOf,
  entry,
  environmentOf,
  hostOf,
  hoursAgo,
  release,
  show,
  statesOf,
  write,
} from './harness/ledger.ts';
import { publish, tag, promote, team } from './harness/team.ts';

describe('the board of one prefix, without a checkout', () => {
  test('shows version, digest, age, commit, verdict, person and run of every environment', async () => {
    const scene = await team();
    const digest = await publish(scene, '1.0.0');
    const images = [{ name: 'web', repository: 'payroll/web', digest, fingerprint: 'x' }];
    await write(scene, [release('1.0.0', 'a', { images })]);
    await promote(scene, 'dev', 1, '1.0.0', digest, { when: hoursAgo(50), from: 'build' });
    await promote(scene, 'prod', 1, '1.0.0', digest, { when: hoursAgo(5), from: 'dev' });
    const { board: shown, page, summaries, outputs, annotations } = await show(scene);
    expect(shown.groups[0]?.environments.map(({ name }) => name)).toEqual(['dev', 'prod']);
    expect(cellOf(shown, 'prod')).toEqual({
      image: 'web',
      version: '1.0.0',
      repository: 'payroll/web',
      digest,
      since: hoursAgo(5),
      isOlder: false,
      entry: 1,
      actor: 'maria',
      run: 'https://github.com/acme/app/actions/runs/1',
      revision: 'a'.repeat(40),
      commit: `https://github.com/acme/app/commit/${'a'.repeat(40)}`,
      recorded: 'pass',
      now: { state: 'not-observed', detail: 'The input observe does not have gate.' },
      checks: [
        { about: 'image', state: 'ok', detail: 'The image exists.' },
        { about: 'tag', state: 'ok', detail: 'prod-1.0.0' },
        { about: 'order', state: 'ok', detail: 'It is the image of dev.' },
      ],
    });
    expect([outputs.drift, outputs['not-observed'], annotations]).toEqual(['0', '0', []]);
    expect([page, summaries.join('')].every((text) => /1\\?\.0\\?\.0/.test(text))).toBe(true);
    expect(shown.read).toBe(hoursAgo(0));
  });

  test('keeps the age of an image through promotions of other images', async () => {
    const scene = await team();
    const other = (version: string) => ({
      name: 'job',
      repository: 'payroll/job',
      digest: `sha256:${version.repeat(64)}` as Digest,
      version,
    });
    const [web] = entry('prod', 1, '1.0.0').images;
    if (web === undefined) throw new Error('the entry has an image');
    await write(scene, [
      entry('prod', 1, '1.0.0', { images: [web, other('1')] }),
      entry('prod', 2, '2.0.0', { images: [web, other('2')] }),
      entry('prod', 3, '3.0.0', { images: [web, other('3')] }),
    ]);
    const { board: shown } = await show(scene);
    const cells = environmentOf(shown, 'prod').cells;
    expect(cells.map(({ image, entry: number, since }) => [image, number, since])).toEqual([
      ['web', 1, hoursAgo(99)],
      ['job', 3, hoursAgo(97)],
    ]);
  });

  test('shows rollbacks and bypassed gates in the history, ten entries back', async () => {
    const scene = await team();
    const entries = Array.from({ length: 14 }, (_, index) => entry('prod', index + 1, `1.${index + 1}.0`));
    await write(scene, [
      ...entries,
      entry('prod', 15, '1.13.0', { kind: 'rollback', restores: 13, reason: 'errors' }),
      entry('prod', 16, '1.15.0', { kind: 'break-glass', reason: 'outage' }),
    ]);
    const { board: shown } = await show(scene);
    const { history, isComplete } = environmentOf(shown, 'prod');
    expect(history.map(({ number }) => number)).toEqual([16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6]);
    expect(isComplete).toBe(false);
    expect(history[1]).toMatchObject({
      kind: 'rollback',
      restores: 13,
      reason: 'errors',
      changes: [{ image: 'web', before: '1.14.0', after: '1.13.0' }],
    });
    expect(history.at(-1)?.changes).toEqual([{ image: 'web', before: '1.5.0', after: '1.6.0' }]);
  });

  test('compares an environment with its source', async () => {
    const scene = await team();
    await write(scene, [
      release('1.0.0', 'a'),
      release('1.2.0', 'b', { published: hoursAgo(20) }),
      ...['1.0.0', '1.1.0', '1.2.0'].map((version, index) =>
        entry('test', index + 1, version, { from: 'build' }),
      ),
      entry('prod', 1, '1.0.0', { from: 'test' }),
    ]);
    const { board: shown } = await show(scene);
    expect(shown.groups[0]?.comparisons).toEqual([
      {
        source: 'test',
        target: 'prod',
        differences: [{ image: 'web', source: '1.2.0', target: '1.0.0' }],
        behind: 2,
        compare: `https://github.com/acme/app/compare/${'a'.repeat(40)}...${'b'.repeat(40)}`,
      },
    ]);
    expect(statesOf(cellOf(shown, 'prod')).order).toBe('ok');
  });

  test('lists versions whose publication did not finish', async () => {
    const scene = await team();
    await write(scene, [release('1.0.0', 'a')]);
    const session = sessionOf(scene, scene.shared);
    const found = await findImages(session.ecr(hostOf(scene.shared)), 'payroll/towpath', ['1.0.0']);
    for (const name of ['1.0.0.intent.1', '1.1.0.intent.1', '1.1.0.intent.2'])
      for (const manifest of found.values()) await scene.shared.tag('payroll/towpath', manifest, name);
    await write(scene, [entry('prod', 1, '1.0.0')]);
    const { board: shown } = await show(scene);
    expect(shown.groups[0]?.unfinished).toEqual(['1.1.0']);
  });
});

describe('with a configuration', () => {
  const config = (line: string) => `registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { web: {} }
environments:
  zoo: { from: build }
  live: ${line}
`;

  test('the environments have its order, sources and tags, also those without entries', async () => {
    const scene = await team();
    const digest = await publish(scene, '1.0.0');
    await write(scene, [
      entry('zoo', 1, '1.0.0', {
        images: [{ name: 'web', repository: 'payroll/web', digest, version: '1.0.0' }],
      }),
    ]);
    await tag(scene, digest, 'on-zoo');
    const files = {
      'towpath.yaml': config('{ from: zoo }').replace(
        'zoo: { from: build }',
        'zoo: { from: build, tags: ["on-{environment}"] }',
      ),
    };
    const { board: shown } = await show(scene, { registries: '' }, { files });
    expect(
      shown.groups.map(({ environments }) => environments.map(({ name, from }) => [name, from])),
    ).toEqual([
      [
        ['zoo', 'build'],
        ['live', 'zoo'],
      ],
    ]);
    expect(statesOf(cellOf(shown, 'zoo'))).toEqual({ image: 'ok', tag: 'ok' });
    expect(environmentOf(shown, 'live')).toMatchObject({ history: [], cells: [] });
  });

  test('an environment in another account has its ledger under the prefix of the others', async () => {
    const scene = await team();
    await scene.prod.createRepository('payroll/towpath');
    await scene.prod.admit(scene.shared, 'payroll/towpath');
    await write(scene, [entry('live', 1, '1.0.0', { from: 'zoo' })], { account: scene.prod });
    const files = { 'towpath.yaml': config(`{ from: zoo, registry: ${scene.prod.host} }`) };
    const { board: shown } = await show(scene, { registries: '' }, { files });
    expect(environmentOf(shown, 'live').ledger).toBe(`${scene.prod.host}/payroll/towpath`);
  });

  test('a tag that is missing is drift, because the configuration names it', async () => {
    const scene = await team();
    const digest = await publish(scene, '1.0.0');
    await write(scene, [
      entry('zoo', 1, '1.0.0', {
        images: [{ name: 'web', repository: 'payroll/web', digest, version: '1.0.0' }],
      }),
    ]);
    const { board: shown } = await show(
      scene,
      { registries: '' },
      { files: { 'towpath.yaml': config('{ from: zoo }') } },
    );
    expect(cellOf(shown, 'zoo').checks[1]).toEqual({
      about: 'tag',
      state: 'drift',
      detail: 'The tag zoo-1.0.0 is missing.',
    });
  });

  test.each([
    { soak: '24h', state: 'drift' },
    { soak: '3d', state: 'ok' },
  ])(
    'a newer version that has waited for 40 h is $state with a soak time of $soak',
    async ({ soak, state }) => {
      const scene = await team();
      await write(scene, [
        entry('zoo', 1, '1.0.0'),
        entry('live', 1, '1.0.0', { from: 'zoo' }),
        entry('zoo', 2, '1.1.0', { when: hoursAgo(40) }),
      ]);
      const files = { 'towpath.yaml': config(`{ from: zoo, soak: ${soak} }`) };
      expect(statesOf(cellOf((await show(scene, { registries: '' }, { files })).board, 'live')).soak).toBe(
        state,
      );
    },
  );
});

describe('several accounts', () => {
  test('are read with a role for each, and shown side by side', async () => {
    const scene = await scenario();
    const arn = `arn:aws:iam::${scene.prod.id}:role/board`;
    const policy = {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['ecr:ListImages', 'ecr:BatchGetImage', 'ecr:DescribeRepositories'],
          Resource: '*',
        },
      ],
    };
    const trust = {
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: scene.shared.id } }],
    };
    scene.emulator.addRoles({ [arn]: { policy, trust } });
    await write(scene, [entry('test', 1, '1.1.0', { from: 'build' })]);
    await write(scene, [entry('prod', 1, '1.0.0', { from: 'test' })], { account: scene.prod });
    const registries = `${scene.shared.host}/payroll\n${scene.prod.host}/payroll ${arn}`;
    const { board: shown } = await show(scene, { registries });
    expect(shown.groups[0]?.environments.map(({ name, ledger }) => [name, ledger])).toEqual([
      ['test', `${scene.shared.host}/payroll/towpath`],
      ['prod', `${scene.prod.host}/payroll/towpath`],
    ]);
    expect(shown.groups[0]?.comparisons).toMatchObject([{ source: 'test', target: 'prod' }]);
  });
});

test.each<{ readonly given: Readonly<Record<string, string>>; readonly problem: RegExp }>([
  { given: { registries: 'docker.io/acme' }, problem: /docker\.io\/acme.*private ECR registry/ },
  { given: { registries: '111122223333.dkr.ecr.us-east-1.amazonaws.com admin' }, problem: /admin/ },
  { given: { observe: 'tag' }, problem: /observe has .*tag/ },
  { given: { runtime: 'eks' }, problem: /runtime has .*eks/ },
])('rejects the inputs $given', async ({ given, problem }) => {
  const { green, codes, outputs } = await (await scenario()).play(board, { given });
  expect([green, codes]).toEqual([false, ['input-invalid']]);
  expect(outputs.problems).toMatch(problem);
});

test('asks for registries or a checkout if there is neither', async () => {
  const { codes, outputs } = await (await scenario()).play(board, {});
  expect(codes).toEqual(['config-missing']);
  expect(outputs.problems).toContain('Set the input registries');
});
