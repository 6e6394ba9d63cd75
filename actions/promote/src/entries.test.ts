import { describe, expect, test } from '@jest/globals';
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
  withProduction,
} from './harness/team.ts';

const other = '444455556666.dkr.ecr.us-east-1.amazonaws.com';
const inOtherAccount = config.replace('prod: { from: test,', `prod: { from: test, registry: ${other},`);
const files = { 'towpath.yaml': inOtherAccount };

describe('an entry of the environment', () => {
  test('lists what a promotion delivered, who did it and what the gate said', async () => {
    const scene = await team();
    await publish(scene, '1.0.0');
    const { codes, outputs, summaries } = await promoting(
      scene,
      'dev',
      { version: '1.0.0' },
      { env: run(7) },
    );
    expect([codes, outputs.entry, outputs.version]).toEqual([[], 'dev.1', '1.0.0']);
    const digest = await scene.shared.digestOf('payroll/backend', 'build-1.0.0');
    const [entry] = await entries(scene, 'dev');
    expect(entry).toMatchObject({
      ...{ number: 1, kind: 'promotion', version: '1.0.0', from: 'build', actor: 'ada' },
      run: 'https://github.com/acme/payroll/actions/runs/7',
      source: { repository: 'acme/payroll', revision: 'c'.repeat(40), ref: 'refs/heads/main' },
    });
    expect(entry?.images[0]).toEqual({
      ...{ name: 'backend', repository: 'payroll/backend', digest, version: '1.0.0', verdict: 'pass' },
      policy: expect.stringMatching(/^sha256:/) as unknown,
    });
    expect(summaries.join()).toContain('dev&#46;1');
  });

  test('follows the one before it, and repeating a promotion writes none', async () => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0');
    await promoteThrough(scene, '1.0.0', 'dev', 'dev');
    await promoteThrough(scene, '1.1.0', 'dev', 'dev');
    expect((await entries(scene, 'dev')).map(brief)).toEqual([
      '2 promotion: backend 1.1.0, web 1.1.0',
      '1 promotion: backend 1.0.0, web 1.0.0',
    ]);
    const again = await promoting(scene, 'dev', { version: '1.1.0' });
    expect([again.outputs.entry, again.summaries.join().includes('nothing was written')]).toEqual([
      'dev.2',
      true,
    ]);
  });

  test('lists the unchanged images too if only some are promoted', async () => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0');
    await promoteThrough(scene, '1.0.0', 'dev');
    await promoting(scene, 'dev', { version: '1.1.0', only: 'web' });
    expect((await entries(scene, 'dev')).map(brief)[0]).toBe('2 promotion: backend 1.0.0, web 1.1.0');
  });

  test('is in the ledger of its own registry, with the release', async () => {
    const scene = await withProduction(await team());
    await publish(scene, '1.0.0');
    await promoteThrough(scene, '1.0.0', 'dev', 'test');
    const { codes, outputs } = await promoting(scene, 'prod', { version: '1.0.0' }, { files });
    expect([codes, outputs.entry]).toEqual([[], 'prod.1']);
    expect((await scene.prod.tags('payroll/towpath')).toSorted()).toEqual(['1.0.0', 'prod.1']);
    expect(await entries(scene, 'prod')).toEqual([]);
    expect((await entries(scene, 'prod', scene.prod)).map(brief)).toEqual([
      '1 promotion: backend 1.0.0, web 1.0.0',
    ]);
  });

  test('leaves out an image of the configuration that has no repository in the account yet', async () => {
    const scene = await withProduction(await team());
    await publish(scene, '1.0.0');
    await promoteThrough(scene, '1.0.0', 'dev', 'test');
    const added = { 'towpath.yaml': files['towpath.yaml'].replace('images:\n', 'images:\n  mailer: {}\n') };
    const { codes, annotations } = await promoting(scene, 'prod', { version: '1.0.0' }, { files: added });
    expect(codes).toEqual([]);
    expect(annotations.map(({ message }) => message).join()).toContain(
      'It is unknown whether prod runs mailer',
    );
    expect((await entries(scene, 'prod', scene.prod)).map(brief)).toEqual([
      '1 promotion: backend 1.0.0, web 1.0.0',
    ]);
  });

  test('keeps the images of an environment without a tag for the version alive', async () => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0');
    const moving = {
      'towpath.yaml': config.replace(
        `dev: { from: build, tags: ['{environment}-{version}', `,
        `dev: { from: build, tags: [`,
      ),
    };
    for (const version of ['1.0.0', '1.1.0'])
      expect((await promoting(scene, 'dev', { version }, { files: moving })).codes).toEqual([]);
    const digests = await Promise.all(
      ['build-1.0.0', 'dev.1', 'build-1.1.0', 'dev.2', 'dev'].map((tag) =>
        scene.shared.digestOf('payroll/web', tag),
      ),
    );
    expect([digests[0], digests[2], digests[2]]).toEqual([digests[1], digests[3], digests[4]]);
    const again = await promoting(scene, 'dev', { version: '1.1.0' }, { files: moving });
    expect(again.requests.map(({ operation }) => operation)).not.toContain('ecr:PutImage');
  });
});

describe('without a ledger in the registry of the environment', () => {
  test('the summary says that nothing is recorded', async () => {
    const scene = await withProduction(await team(), false);
    await publish(scene, '1.0.0');
    await promoteThrough(scene, '1.0.0', 'dev', 'test');
    await scene.prod.admit(scene.shared, 'payroll/web');
    const { codes, summaries, outputs } = await promoting(
      scene,
      'prod',
      { version: '1.0.0' },
      { files, as: scene.shared },
    );
    expect([codes, outputs.entry]).toEqual([['access-denied'], undefined]);
    expect(summaries.join()).toContain('payroll/towpath');
  });

  test('create-ledger makes one, and the environment is adopted by its tags', async () => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0', '1.2.0');
    const off = { 'towpath.yaml': `${config}ledger: off\n` };
    for (const version of ['1.0.0', '1.1.0'])
      expect((await promoting(scene, 'dev', { version }, { files: off })).codes).toEqual([]);
    const { codes, summaries } = await promoting(scene, 'dev', { version: '1.2.0' }, { files: off });
    expect([codes, summaries.join().includes('not recorded')]).toEqual([[], true]);
    expect(await entries(scene, 'dev')).toEqual([]);
    await publish(scene, '1.3.0');
    const adopting = await promoting(scene, 'dev', { version: '1.3.0', 'create-ledger': 'true' });
    expect([adopting.codes, adopting.outputs.entry]).toEqual([[], 'dev.2']);
    expect((await entries(scene, 'dev')).map(brief)).toEqual([
      '2 promotion: backend 1.3.0, web 1.3.0',
      '1 adoption: backend 1.2.0, web 1.2.0',
    ]);
  });

  test('create-ledger creates the repository with immutable tags', async () => {
    const scene = await team();
    await publish(scene, '1.0.0');
    await scene.prod.createRepository('payroll/web');
    await scene.prod.createRepository('payroll/backend');
    const role = 'arn:aws:iam::444455556666:role/deploy';
    const policy = { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] };
    const trust = {
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '111122223333' } }],
    };
    scene.emulator.addRoles({ [role]: { policy, trust } });
    const yaml = config
      .replace('from: dev', 'from: build')
      .replace(/prod: .*/, `prod: { from: build, registry: ${other}, role: '${role}' }`);
    const created = await promoting(
      scene,
      'prod',
      { version: '1.0.0', 'create-ledger': 'true' },
      { files: { 'towpath.yaml': yaml } },
    );
    expect([created.codes, created.outputs.entry]).toEqual([[], 'prod.1']);
    expect((await scene.prod.tags('payroll/towpath')).toSorted()).toEqual(['1.0.0', 'prod.1']);
  });
});

describe('an environment that is promoted from several', () => {
  const several = {
    'towpath.yaml': config.replace(
      'prod: { from: test,',
      'hotfix: { from: build }\n  prod: { from: [test, hotfix],',
    ),
  };

  test('gets a version from any of them that has it, and records which', async () => {
    const scene = await team();
    await publish(scene, '1.0.0');
    expect((await promoting(scene, 'prod', { version: '1.0.0' }, { files: several })).codes).toEqual([
      'image-missing',
      'image-missing',
      'image-missing',
      'image-missing',
    ]);
    await promoting(scene, 'hotfix', { version: '1.0.0' }, { files: several });
    expect((await promoting(scene, 'prod', { version: '1.0.0' }, { files: several })).codes).toEqual([]);
    expect((await entries(scene, 'prod'))[0]?.from).toBe('hotfix');
  });

  test('rejects an environment that is none of them', async () => {
    const scene = await team();
    await publish(scene, '1.0.0');
    const given = { version: '1.0.0', 'source-environment': 'dev' };
    expect((await promoting(scene, 'prod', given, { files: several })).codes).toEqual(['promotion-skips']);
  });
});

describe('a promotion is rejected', () => {
  test('if the environment runs a newer version, unless allow-older is set', async () => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.9.0', '1.10.0');
    await promoteThrough(scene, '1.10.0', 'dev');
    const refused = await promoting(scene, 'dev', { version: '1.9.0' });
    expect(refused.codes).toEqual(['older-version']);
    expect(problems(refused)[0]).toMatch(/dev runs 1\.10\.0 of backend, web \(entry 1\).*rollback: true/);
    expect(await scene.shared.tags('payroll/web')).not.toContain('dev-1.9.0');
    expect((await promoting(scene, 'dev', { version: '1.9.0', 'allow-older': 'true' })).codes).toEqual([]);
  });

  test('if the tags of the source have the version, but none of its entries', async () => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0');
    await promoteThrough(scene, '1.0.0', 'dev');
    for (const [name, drafts] of [
      ['backend', {}],
      ['web', { platforms: ['linux/amd64', 'linux/arm64'] }],
    ] as const)
      await scene.publish(`payroll/${name}`, 'dev-1.1.0', { name, content: `${name} 1.1.0`, ...drafts });
    const { codes } = await promoting(scene, 'test', { version: '1.1.0' });
    expect(codes).toEqual(['image-missing', 'image-missing']);
  });

  test('if the version is a tag of the ledger', async () => {
    const scene = await team();
    expect((await promoting(scene, 'dev', { version: 'prod.3' })).codes).toEqual(['input-invalid']);
  });
});
