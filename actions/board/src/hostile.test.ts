import { describe, expect, test } from '@jest/globals';
import { findImages } from '@towpath/ecr';
import type { EnvironmentEntry } from '@towpath/ledger';
import { digestOf } from '@towpath/reference';
import { scenario, type Scenario, sessionOf } from '@towpath/testing';
import { board } from './action.ts';
import { cellOf, entry, environmentOf, hostOf, release, show, statesOf, write } from './harness/ledger.ts';

/** Gives a document of the ledger another tag, as someone who may push to the ledger can. */
async function retag(scene: Scenario, from: string, to: string): Promise<void> {
  const found = await findImages(
    sessionOf(scene, scene.shared).ecr(hostOf(scene.shared)),
    'payroll/towpath',
    [from],
  );
  for (const manifest of found.values()) await scene.shared.tag('payroll/towpath', manifest, to);
}

/** Replaces the permissions of the shared account's role, and returns the role. */
async function role(
  scene: Scenario,
  ...statements: readonly object[]
): ReturnType<Scenario['shared']['assume']> {
  const policy = { Statement: statements.map((one) => ({ Effect: 'Allow', Resource: '*', ...one })) };
  scene.emulator.addRoles({ [`arn:aws:iam::${scene.shared.id}:role/board`]: { policy } });
  return scene.shared.assume('board');
}

const reading = ['ecr:ListImages', 'ecr:BatchGetImage', 'ecr:DescribeRepositories'];

describe('a ledger with foreign or broken content', () => {
  test('shows the valid entries, and a problem for an image under the tag of an entry', async () => {
    const scene = await scenario();
    await write(scene, [entry('dev', 1, '1.0.0'), entry('prod', 1, '1.0.0')]);
    await scene.publish('payroll/towpath', 'prod.2', { name: 'web' });
    const { board: shown } = await show(scene);
    expect(cellOf(shown, 'dev').version).toBe('1.0.0');
    const prod = environmentOf(shown, 'prod');
    expect(prod.problem).toMatchObject({
      code: 'entry-invalid',
      message: expect.stringContaining('prod.2') as unknown,
    });
    // The entry before is history. It must not look like the current state.
    expect([prod.cells, prod.history.map(({ number }) => number)]).toEqual([[], [1]]);
    expect(shown.ledgers[0]?.problems).toHaveLength(1);
  });

  test.each([
    { name: 'of another environment', from: 'dev.1', to: 'prod.2' },
    { name: 'with another number', from: 'prod.1', to: 'prod.2' },
  ])('rejects an entry $name', async ({ from, to }) => {
    const scene = await scenario();
    await write(scene, [entry('dev', 1, '9.9.9'), entry('prod', 1, '1.0.0')]);
    await retag(scene, from, to);
    const prod = environmentOf((await show(scene)).board, 'prod');
    expect([prod.problem?.code, prod.cells]).toEqual(['entry-invalid', []]);
  });

  test('reports a missing entry between others', async () => {
    const scene = await scenario();
    await write(
      scene,
      [1, 2, 4].map((number) => entry('prod', number, `1.0.${number}`)),
    );
    const { board: shown } = await show(scene);
    expect(environmentOf(shown, 'prod').isComplete).toBe(false);
    expect(shown.ledgers[0]?.problems[0]?.message).toMatch(/entry prod\.2, but not prod\.3/);
  });

  test('does not take releases and intents for environments', async () => {
    const scene = await scenario();
    await write(scene, [release('v1.4.2', 'a'), release('rc.1', 'b'), entry('prod', 1, 'v1.4.2')]);
    await retag(scene, 'v1.4.2', 'v2.0.0.intent.3');
    const { board: shown } = await show(scene);
    expect(shown.groups[0]?.environments.map(({ name }) => name)).toEqual(['prod']);
    expect(cellOf(shown, 'prod').revision).toBe('a'.repeat(40));
  });

  test('does not ask for repositories of others that an entry names', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('other/secret');
    const images = [{ name: 'web', repository: 'other/secret', digest: digestOf('x'), version: '1.0.0' }];
    await write(scene, [entry('prod', 1, '1.0.0', { images })]);
    const { board: shown, requests } = await show(scene);
    expect(requests.filter(({ repository }) => repository === 'other/secret')).toEqual([]);
    expect(statesOf(cellOf(shown, 'prod'))).toMatchObject({ image: 'not-observed', tag: 'not-observed' });
  });

  test('does not link the commit of a release if its run is in another repository or is not a URL', async () => {
    const runs = ['https://evil.example/x/y/actions/runs/1', 'javascript:alert(1)//acme/app/actions/runs/1'];
    for (const run of runs) {
      const scene = await scenario();
      await write(scene, [release('1.0.0', 'a', { run }), entry('prod', 1, '1.0.0', { run })]);
      const { board: shown, page } = await show(scene);
      expect(cellOf(shown, 'prod').commit).toBeUndefined();
      expect(page).not.toContain('href="javascript:');
    }
  });

  test('with names that contain markup cannot add elements to the page or the summary', async () => {
    const scene = await scenario();
    const markup = '</script><img src=x onerror=alert(1)>';
    const change: Partial<EnvironmentEntry> = {
      actor: markup,
      reason: markup,
      from: markup,
      kind: 'rollback',
      restores: 1,
    };
    await write(scene, [entry('prod', 1, '1.0.0'), entry('prod', 2, '1.1.0', change)]);
    const { page, summaries } = await show(scene);
    expect(
      [page, ...summaries].filter((text) => /<img|<\/script>\s*<img/.test(text.replaceAll('\\u003c', ''))),
    ).toEqual([]);
  });

  test('shows the ledger of an environment if another ledger has entries of the same name', async () => {
    const scene = await scenario();
    await write(scene, [entry('prod', 1, '6.6.6'), entry('test', 1, '1.0.0')]);
    await write(scene, [entry('prod', 1, '1.0.0', { from: 'test' })], { account: scene.prod });
    await scene.prod.setPolicy('payroll/towpath', {
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:*' }],
    });
    const registries = [scene.shared, scene.prod].map(({ host }) => `${host}/payroll`).join('\n');
    const { page, summaries } = await show(scene, { registries });
    const heads = page.match(/<th scope="col"[^]*?<\/th>/g)?.filter((head) => head.includes('sort">prod'));
    expect(heads?.map((head) => /\d{12}\.dkr\S*towpath/.exec(head)?.[0])).toEqual([
      `${scene.shared.host}/payroll/towpath`,
      `${scene.prod.host}/payroll/towpath`,
    ]);
    expect(
      page.match(/<th scope="col"[^]*?<\/th>/g)?.find((head) => head.includes('sort">test')),
    ).not.toContain('/payroll/towpath');
    expect(summaries.join()).toMatch(/prod \\\(111122223333.*prod \\\(444455556666/);
  });

  test('warns if the tags of the ledger can be replaced', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/towpath', 'MUTABLE');
    await write(scene, [entry('prod', 1, '1.0.0')]);
    const { board: shown, annotations } = await show(scene);
    expect(shown.ledgers[0]?.problems.map(({ code }) => code)).toEqual(['ledger-mutable']);
    expect(annotations.some(({ message }) => message.includes('could have been replaced'))).toBe(true);
  });
});

describe('a denied request', () => {
  test('is shown for its ledger, beside the ledgers that were read, and never as empty', async () => {
    const scene = await scenario();
    await write(scene, [entry('prod', 1, '1.0.0')]);
    await write(scene, [entry('prod', 1, '2.0.0')], { prefix: 'billing' });
    const arn = `arn:aws:ecr:us-east-1:${scene.shared.id}:repository`;
    const as = await role(
      scene,
      { Action: 'ecr:DescribeRepositories' },
      { Action: reading, Resource: `${arn}/payroll/*` },
    );
    const {
      board: shown,
      page,
      summaries,
      annotations,
    } = await show(scene, { registries: scene.shared.host }, { as });
    expect(
      shown.ledgers.map(({ ledger, state, problems }) => [ledger.split('/')[1], state, problems[0]?.code]),
    ).toEqual([
      ['billing', 'denied', 'access-denied'],
      ['payroll', 'read', undefined],
    ]);
    expect(page).toContain('denied');
    expect(summaries.join('')).toMatch(/billing.*denied/);
    expect(annotations.map(({ message }) => message).join()).toMatch(
      /Grant ecr:ListImages and ecr:BatchGetImage on billing\/towpath/,
    );
  });

  test.each(['ecr:ListImages', 'ecr:BatchGetImage'])(
    'fails the step without %s on the only ledger',
    async (denied) => {
      const scene = await scenario();
      await write(scene, [entry('prod', 1, '1.0.0')]);
      const as = await role(scene, { Action: reading.filter((action) => action !== denied) });
      const { green, codes } = await scene.play(board, {
        as,
        given: { registries: `${scene.shared.host}/payroll` },
      });
      expect([green, codes]).toEqual([false, ['access-denied']]);
    },
  );

  test('fails the step if the repositories of the only registry cannot be listed', async () => {
    const scene = await scenario();
    const as = await role(scene, { Action: 'ecr:BatchGetImage' });
    const { codes, outputs } = await scene.play(board, { as, given: { registries: scene.shared.host } });
    expect(codes).toEqual(['access-denied']);
    expect(outputs.problems).toContain('ecr:DescribeRepositories');
  });

  test('of a repository leaves its image not observed, with the reason', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/web');
    await write(scene, [entry('prod', 1, '1.0.0')]);
    const ledger = `arn:aws:ecr:us-east-1:${scene.shared.id}:repository/payroll/towpath`;
    const as = await role(scene, { Action: reading, Resource: ledger });
    const { board: shown, outputs } = await show(scene, {}, { as });
    expect(statesOf(cellOf(shown, 'prod'))).toMatchObject({ image: 'not-observed', tag: 'not-observed' });
    expect(cellOf(shown, 'prod').checks[0]?.detail).toContain('access-denied');
    expect(outputs).toMatchObject({ drift: '0', 'not-observed': '1' });
  });

  test('is not the same as a ledger that does not exist', async () => {
    const { codes, outputs } = await (async () => {
      const scene = await scenario();
      return scene.play(board, { given: { registries: `${scene.shared.host}/payroll` } });
    })();
    expect(codes).toEqual(['repository-missing']);
    expect(outputs.problems).toContain('payroll/towpath does not exist');
  });
});

describe('many services', () => {
  const manyImages = (environment: string, number: number): EnvironmentEntry =>
    entry(environment, number, `1.${number}.0`, {
      images: Array.from({ length: 300 }, (_, index) => ({
        name: `service-${index}`,
        repository: `payroll/service-${index}`,
        digest: digestOf(`${index} ${number}`),
        version: `1.${number}.0`,
        verdict: 'pass',
      })),
    });

  test('300 services in 4 environments need less than 100 requests, 3 of them for the ledger', async () => {
    const scene = await scenario();
    const environments = ['dev', 'test', 'staging', 'prod'];
    await write(
      scene,
      environments.flatMap((name) => Array.from({ length: 11 }, (_, index) => manyImages(name, index + 1))),
    );
    const { board: shown, requests, outputs, summaries } = await show(scene);
    const calls = Object.entries(Object.groupBy(requests, ({ operation }) => operation)).map(
      ([name, all]) => [name, all?.length],
    );
    expect(Object.fromEntries(calls)).toEqual({
      'ecr:DescribeRepositories': 1,
      'ecr:ListImages': 1,
      'ecr:BatchGetImage': 88,
    });
    expect(shown.calls).toBe(90);
    expect(shown.groups[0]?.environments.map(({ cells }) => cells.length)).toEqual([300, 300, 300, 300]);
    // 87 repositories were observed. Their images do not exist in this test, and the others are not known.
    expect(outputs).toMatchObject({ drift: String(87 * 4), 'not-observed': String(213 * 4) });
    expect(Buffer.byteLength(summaries.join(''))).toBeLessThan(2 ** 20);
    const alone = await show(scene, { observe: 'none' });
    expect(alone.requests).toHaveLength(3);
  });

  test('all ledgers of a registry are found among 1,100 repositories', async () => {
    const scene = await scenario();
    const names = Array.from({ length: 1100 }, (_, index) => `team-${index % 50}/service-${index}`);
    while (names.length > 0)
      await Promise.all(names.splice(-50).map((name) => scene.shared.createRepository(name)));
    for (const prefix of ['team-3', 'team-40/deep'])
      await write(
        scene,
        [
          entry('prod', 1, '1.0.0', {
            images: [{ name: 'web', repository: `${prefix}/web`, digest: digestOf('x'), version: '1.0.0' }],
          }),
        ],
        { prefix },
      );
    await scene.shared.createRepository('team-9/not-towpath');
    const { board: shown, requests } = await show(scene, { registries: scene.shared.host, observe: 'none' });
    expect(shown.groups.map(({ prefix }) => prefix)).toEqual(['team-3', 'team-40/deep']);
    expect(requests.map(({ operation }) => operation).sort()).toEqual([
      ...Array<string>(2).fill('ecr:BatchGetImage'),
      ...Array<string>(2).fill('ecr:DescribeRepositories'),
      ...Array<string>(2).fill('ecr:ListImages'),
    ]);
  }, 120_000);
});
