import { describe, expect, test } from '@jest/globals';
import { oneAccount, provisioning, scenario, start, writesOf } from './harness/team.ts';

const everything = `repositories:
  immutability: immutable
  except: [latest]
  scan-on-push: true
  encryption: AES256
  lifecycle: { keep: 5, expire: { gitsha_: 7d, untagged: 1d } }
  readers: { accounts: ['444455556666'], organization: o-a1b2c3d4e5 }
  tags: { team: payroll }`;

test('creates the repositories and the ledger with all settings, and then changes nothing', async () => {
  const scene = await scenario();
  const first = await provisioning(scene, everything);
  expect(first.lines).toContain('  + 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web');
  expect(first).toMatchObject({ green: true, outputs: { changed: 'true' } });
  // Lifecycle policies come last, because they expire images.
  const writes = writesOf(first);
  expect(writes.slice(0, 2)).toEqual(['ecr:CreateRepository', 'ecr:CreateRepository']);
  expect(writes.at(-1)).toBe('ecr:PutLifecyclePolicy');
  expect(await scene.shared.repository('payroll/towpath')).toMatchObject({ imageTagMutability: 'IMMUTABLE' });
  expect(await scene.shared.repository('payroll/web')).toMatchObject({
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filter: 'latest', filterType: 'WILDCARD' }],
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'AES256' },
  });
  const second = await provisioning(scene, everything);
  expect(second).toMatchObject({ green: true, outputs: { changed: 'false' } });
  expect(writesOf(second)).toEqual([]);
  expect(second.summaries.join()).toContain('All repositories are as the configuration describes them');
});

test('plan shows the changes and writes nothing', async () => {
  const scene = await scenario();
  const planned = await provisioning(scene, everything, { given: { mode: 'plan' } });
  expect(planned).toMatchObject({ green: true, outputs: { changed: 'true' } });
  expect(writesOf(planned)).toEqual([]);
  expect(planned.lines).toContain('  + 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web');
  expect(await scene.shared.repository('payroll/web')).toBeUndefined();
});

test('the plan is a diff of each repository: created, changed, unchanged, blocked, deleted, unmanaged', async () => {
  const scene = await scenario();
  const host = scene.shared.host;
  const images = 'images: { api: {}, job: {}, kms: {}, web: {} }';
  const config = oneAccount.replace('images: { web: {} }', images);
  const before = 'repositories: { encryption: AES256, tags: { team: a }, except: [latest] }';
  await provisioning(scene, before, { config, given: { only: 'job, kms, web' } });
  for (const name of ['old', 'other']) await scene.shared.createRepository(`payroll/${name}`);
  const wanted = `repositories:
  remove: [payroll/old]
  images:
    api: { immutability: mutable, scan-on-push: false, tags: { team: b } }
    web: { tags: { team: b, new: x }, except: [latest, dev] }
    kms: { encryption: KMS }`;
  const { lines } = await provisioning(scene, wanted, { config, given: { mode: 'plan' } });
  const shown = lines.slice(lines.indexOf('Plan: provision') + 1);
  expect(shown.join('\n')).toBe(`\
  = ${host}/payroll/towpath
  + ${host}/payroll/api
      repository
      + mutable
      + scan on push: off
      + encryption: AES256
      + team=b
  = ${host}/payroll/job
  ! ${host}/payroll/kms
    ! The encryption of payroll/kms is AES256, not KMS. It cannot change. Create another repository with this encryption, \
set it as the repository of the image, publish and promote into it, and remove payroll/kms when nothing runs its images.
  ~ ${host}/payroll/web
      immutability
      - immutable, except latest
      + immutable, except dev, latest
      tags
      - team=a
      + team=b
      + new=x
  - ${host}/payroll/old (only if it is empty)
  ? ${host}/payroll/other (not in this configuration)`);
});

test('check fails with its own code if anything differs, and writes nothing', async () => {
  const scene = await scenario();
  const before = await provisioning(scene, everything, { given: { mode: 'check' } });
  expect(before).toMatchObject({ green: false, outputs: { 'failure-reason': 'repositories-differ' } });
  expect(writesOf(before)).toEqual([]);
  await provisioning(scene, everything);
  const after = await provisioning(scene, everything, { given: { mode: 'check' } });
  expect(after).toMatchObject({ green: true, outputs: { changed: 'false' } });
});

describe('a setting that was changed by hand', () => {
  test.each<{ name: string; setting: string; drift: string }>([
    { name: 'the immutability', setting: 'immutability: immutable', drift: 'immutability: mutable' },
    { name: 'an exclusion', setting: 'except: [a, b*]', drift: 'except: [a]' },
    { name: 'scan on push', setting: 'scan-on-push: true', drift: 'scan-on-push: false' },
    { name: 'the lifecycle', setting: 'lifecycle: { keep: 5 }', drift: 'lifecycle: { keep: 6 }' },
    { name: 'the absence of a lifecycle', setting: 'lifecycle: none', drift: 'lifecycle: { keep: 6 }' },
    {
      name: 'a reader',
      setting: "readers: { accounts: ['444455556666'] }",
      drift: "readers: { accounts: ['111122223333'] }",
    },
    {
      name: 'the absence of readers',
      setting: 'readers: {}',
      drift: "readers: { lambda: ['444455556666'] }",
    },
    {
      name: 'a resource tag that is to be removed',
      setting: 'remove-tags: [team, absent]',
      drift: 'tags: { team: other }',
    },
    { name: 'a resource tag', setting: 'tags: { team: payroll }', drift: 'tags: { team: other }' },
  ])('is found and corrected: $name', async ({ setting, drift }) => {
    const scene = await scenario();
    await provisioning(scene, `repositories: { ${drift} }`);
    const wanted = `repositories: { ${setting} }`;
    const checked = await provisioning(scene, wanted, { given: { mode: 'check' } });
    expect(checked.codes).toEqual(['repositories-differ']);
    const applied = await provisioning(scene, wanted);
    expect(writesOf(applied)).toHaveLength(1);
    const again = await provisioning(scene, wanted);
    expect(writesOf(again)).toEqual([]);
    // Nothing else changed.
    expect((await provisioning(scene, 'repositories: {}', { given: { mode: 'check' } })).green).toBe(true);
  });
});

test('a tag is removed only where no other setting writes it, and other tags stay', async () => {
  const scene = await scenario();
  await provisioning(scene, 'repositories: { tags: { team: a, cost: b, other: c } }');
  const settings =
    'repositories: { remove-tags: [team, cost], tags: { new: d }, images: { web: { tags: { team: x } } } }';
  const ending = await provisioning(scene, settings);
  expect(writesOf(ending)).toEqual(['ecr:UntagResource', 'ecr:TagResource']);
  const checked = 'repositories: { tags: { team: x, other: c, new: d } }';
  expect((await provisioning(scene, checked, { given: { mode: 'check' } })).green).toBe(true);
  expect(writesOf(await provisioning(scene, settings))).toEqual([]);
});

test('the plan leaves out settings that others changed if the configuration does not contain them', async () => {
  const scene = await scenario();
  await provisioning(scene, '');
  const others = `repositories:
  immutability: mutable
  lifecycle: { expire: { untagged: 3d } }
  readers: { accounts: ['444455556666'] }
  tags: { owner: others, team: payroll }`;
  expect(writesOf(await provisioning(scene, others))).toHaveLength(4);
  const own = 'repositories: { scan-on-push: true, tags: { team: payroll } }';
  for (const mode of ['plan', 'check', 'apply']) {
    const ending = await provisioning(scene, own, { given: { mode } });
    expect(ending).toMatchObject({ green: true, outputs: { changed: 'false' } });
    expect(ending.lines).toContain(`  = ${scene.shared.host}/payroll/web`);
    expect([...ending.lines, ...ending.summaries].join()).not.toMatch(/owner|others|TowpathReaders|untagged/);
    expect(writesOf(ending)).toEqual([]);
  }
  const { lines } = await provisioning(scene, own.replace('team: payroll', 'team: x'), {
    given: { mode: 'plan' },
  });
  const shown = lines.slice(lines.indexOf('Plan: provision') + 1);
  expect(shown.filter((line) => !line.startsWith('  = '))).toEqual([
    `  ~ ${scene.shared.host}/payroll/web`,
    '      tags',
    '      - team=payroll',
    '      + team=x',
  ]);
});

test('a lifecycle policy is changed in place by one call, and not if it is only written differently', async () => {
  const scene = await scenario();
  const name = 'payroll/web';
  const age = { countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 };
  const byHand = (selection: object) =>
    scene.shared.putLifecycle(name, {
      rules: [
        {
          rulePriority: 40,
          description: 'by hand',
          selection: { ...age, ...selection, tagStatus: 'tagged' },
          action: { type: 'expire' },
        },
      ],
    });
  const wanted =
    'repositories: { lifecycle: { rules: [{ selection: { tagStatus: tagged, tagPatternList: ["gitsha_*"], countType: sinceImagePushed, countUnit: days, countNumber: 7 }, action: { type: expire } }] } }';
  await provisioning(scene, wanted);
  await byHand({ tagPrefixList: ['gitsha_'] });
  expect(writesOf(await provisioning(scene, wanted))).toEqual([]);
  for (const change of [{ tagPatternList: ['gitsha*'] }, { tagPrefixList: ['gitsha'] }]) {
    await byHand(change);
    const checked = await provisioning(scene, wanted, { given: { mode: 'check' } });
    expect(checked.codes).toEqual(['repositories-differ']);
    expect(writesOf(await provisioning(scene, wanted))).toEqual(['ecr:PutLifecyclePolicy']);
  }
});

test('settings that are not written stay as they are', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web', 'MUTABLE', { scanOnPush: false });
  await scene.shared.createRepository('payroll/towpath');
  const ending = await provisioning(scene, 'repositories: { tags: { team: x } }');
  expect(writesOf(ending)).toEqual(['ecr:TagResource']);
  expect(await scene.shared.repository('payroll/web')).toMatchObject({ imageTagMutability: 'MUTABLE' });
});

test('the ledger becomes immutable', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web');
  await scene.shared.createRepository('payroll/towpath', 'MUTABLE');
  const ending = await provisioning(scene, '');
  expect(writesOf(ending)).toEqual(['ecr:PutImageTagMutability']);
  expect(await scene.shared.repository('payroll/towpath')).toMatchObject({ imageTagMutability: 'IMMUTABLE' });
});

test('a lifecycle policy of the ledger is pointed out', async () => {
  const scene = await scenario();
  await provisioning(scene, '');
  const rule = {
    rulePriority: 1,
    selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 9 },
  };
  await scene.shared.putLifecycle('payroll/towpath', { rules: [{ ...rule, action: { type: 'expire' } }] });
  const ending = await provisioning(scene, '', { given: { mode: 'check' } });
  expect(ending.codes).toEqual(['repositories-differ']);
  expect(ending.annotations.map(({ message }) => message).join()).toMatch(
    /ledger payroll\/towpath has a lifecycle policy.* aws ecr delete-lifecycle-policy --repository-name payroll\/towpath/,
  );
});

test('each environment has its repositories and its ledger in its own account', async () => {
  const scene = await scenario();
  const settings = 'repositories: { scan-on-push: true, environments: { prod: { scan-on-push: false } } }';
  const ending = await provisioning(scene, settings, { config: start });
  expect(ending.green).toBe(true);
  for (const name of ['payroll/web', 'payroll/towpath'])
    expect(await scene.prod.repository(name)).toBeDefined();
  const scans = async (account: typeof scene.prod) =>
    (await account.repository('payroll/web'))?.imageScanningConfiguration?.scanOnPush;
  expect(await scans(scene.shared)).toBe(true);
  expect(await scans(scene.prod)).toBe(false);
});

describe('the encryption cannot change', () => {
  const kms = (text: string) => `repositories: { encryption: ${text} }`;

  test('and says how to migrate', async () => {
    const scene = await scenario();
    await provisioning(scene, '');
    const applied = await provisioning(scene, kms('KMS'));
    expect(applied.green).toBe(true);
    expect(writesOf(applied)).toEqual([]);
    const summary = applied.summaries.join().replaceAll('\\', '');
    expect(summary).toMatch(/^\| ! \| .*payroll&#47;web<\/code> \| encryption \|/m);
    expect(summary).toContain('not KMS. It cannot change. Create another repository');
    expect(summary).not.toContain('All repositories are as the configuration describes them');
    expect(applied.annotations.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /encryption of payroll\/web is AES256, not KMS\. It cannot change\. Create another repository/,
      ),
    ]);
    const checked = await provisioning(scene, kms('KMS'), { given: { mode: 'check' } });
    expect(checked.codes).toEqual(['repositories-differ']);
  });

  test.each(['AES256', 'KMS', 'arn:aws:kms:us-east-1:111122223333:key/1', '{ type: KMS, key: alias/a }'])(
    'and a repository with %s is as described',
    async (text) => {
      const scene = await scenario();
      await provisioning(scene, kms(text));
      const checked = await provisioning(scene, kms(text), { given: { mode: 'check' } });
      expect(checked.green).toBe(true);
    },
  );
});

test('contradictions are reported at once, with their lines', async () => {
  const scene = await scenario();
  const config = oneAccount.replace('images:', 'tags: ["build-{version}", latest]\nimages:');
  const ending = await provisioning(
    scene,
    'repositories:\n  immutability: immutable\n  lifecycle: { expire: { dev-: 7d } }',
    { config },
  );
  expect(ending.codes).toEqual(['config-invalid', 'config-invalid']);
  expect(ending.annotations.map(({ message }) => message)).toEqual([
    expect.stringContaining('towpath.yaml:8:3: repositories.immutability makes the tag latest immutable'),
    expect.stringContaining('towpath.yaml:9:26: repositories.lifecycle.expire.dev- would expire dev-*'),
  ]);
  expect(ending.requests).toEqual([]);
});

test('a new repository is not created immutable if a tag moves', async () => {
  const scene = await scenario();
  const config = oneAccount.replace('images:', 'tags: ["build-{version}", latest]\nimages:');
  const ending = await provisioning(scene, '', { config });
  expect(ending.codes).toEqual(['config-invalid']);
  expect(writesOf(ending)).toEqual([]);
  await scene.shared.createRepository('payroll/web', 'MUTABLE');
  expect((await provisioning(scene, '', { config })).green).toBe(true);
});

describe('repositories beside those of the configuration', () => {
  test('are shown and left alone', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/old');
    await scene.shared.createRepository('other/old');
    const ending = await provisioning(scene, '');
    expect(ending.summaries.join()).toMatch(/left alone\\:[^]*payroll&#47;old/);
    expect(ending.summaries.join()).not.toContain('other&#47;old');
    expect(await scene.shared.repository('payroll/old')).toBeDefined();
  });

  test('are deleted only if they are listed and empty', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/empty');
    await scene.shared.createRepository('payroll/full');
    await scene.publish('payroll/full', 'build-1.0.0', { name: 'full' });
    const settings = 'repositories: { remove: [payroll/empty, payroll/full, payroll/gone] }';
    const ending = await provisioning(scene, settings);
    expect(ending.green).toBe(true);
    expect(await scene.shared.repository('payroll/empty')).toBeUndefined();
    expect(await scene.shared.tags('payroll/full')).toEqual(['build-1.0.0']);
    expect(ending.annotations.map(({ message }) => message)).toEqual([
      expect.stringContaining('payroll/full has images, so it was not deleted'),
    ]);
  });

  test('are not deleted by a run for some of the images', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/web');
    await scene.shared.createRepository('payroll/job');
    const config = oneAccount.replace('images: { web: {} }', 'images: { web: {}, job: {} }');
    const settings = 'repositories: { remove: [payroll/job] }';
    await provisioning(scene, settings, { config, given: { only: 'web' } });
    expect(await scene.shared.repository('payroll/job')).toBeDefined();
  });

  test('cannot be listed for removal while an image uses them', async () => {
    const scene = await scenario();
    const ending = await provisioning(scene, 'repositories: { remove: [payroll/web] }');
    expect(ending.codes).toEqual(['config-invalid']);
    expect(writesOf(ending)).toEqual([]);
  });
});

test('a missing permission is never taken for an absent setting', async () => {
  const scene = await scenario();
  await provisioning(scene, everything);
  scene.emulator.addFault({
    kind: 'exception',
    exception: 'AccessDeniedException',
    operation: 'ecr:GetLifecyclePolicy',
  });
  const ending = await provisioning(scene, everything);
  expect(ending.codes).toEqual(['access-denied']);
  expect(writesOf(ending)).toEqual([]);
});
