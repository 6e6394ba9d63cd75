import { describe, expect, test } from '@jest/globals';
import { writeEnvironmentEntry, type EnvironmentEntry } from '@towpath/ledger';
import { Session } from '@towpath/session';
import { attach, fakeRuntime } from '@towpath/testing';
import { provisioning, scenario, writesOf, type Scenario } from './harness/team.ts';

const day = 24 * 60 * 60 * 1000;
const repository = 'payroll/web';

/** Creates a repository with one image a day, tagged `build-1` to `build-n`. */
async function published(count: number): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/towpath');
  await scene.shared.createRepository(repository);
  for (let version = 1; version <= count; version += 1) {
    await scene.publish(repository, `build-${version}`, { name: 'web', content: `v${version}` });
    scene.emulator.advance(day);
  }
  return scene;
}

/** Writes the first entry of dev into a ledger, with one image. */
async function recordDev(
  { emulator, shared }: Scenario,
  ledger: string,
  image: Pick<EnvironmentEntry['images'][number], 'repository' | 'digest'>,
): Promise<void> {
  const env = {
    AWS_ENDPOINT_URL: emulator.api,
    TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({
      [shared.host]: emulator.registryUrl(shared.id, 'us-east-1'),
    }),
    ...shared.credentials,
  };
  const registry = { kind: 'private', account: shared.id, region: 'us-east-1', host: shared.host } as const;
  await writeEnvironmentEntry(
    { registry, repository: ledger },
    {
      schemaVersion: 1,
      environment: 'dev',
      number: 1,
      kind: 'promotion',
      version: '1',
      when: '2026-01-31T12:00:00.000Z',
      source: {},
      images: [{ name: 'web', version: '1', ...image }],
    },
    new Session(fakeRuntime({ env })),
  );
}

const keep = (count: number) => `repositories: { lifecycle: { keep: ${count} } }`;
const raw = (rule: string) => `repositories: { lifecycle: { rules: [${rule}] } }`;
const lastOne =
  '{ selection: { tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 1 }, action: { type: expire } }';
const all = { 'max-expire': '100%' };

test('the plan shows which images would expire, by ECR’s own preview', async () => {
  const scene = await published(3);
  const planned = await provisioning(scene, keep(1), { given: { mode: 'plan', ...all } });
  expect(planned.green).toBe(true);
  expect(planned.summaries.join()).toMatch(/acts on 2 of 3 images.*\| build\\-1 \| {2}\| expire \|/s);
  expect(writesOf(planned)).toEqual(['ecr:StartLifecyclePolicyPreview']);
  expect(planned.outputs.repositories).toContain('"expiring":2');
  expect(await scene.shared.tags(repository)).toHaveLength(3);
});

test('the preview lists the attestations of each image after it', async () => {
  const scene = await published(4);
  const { shared, emulator } = scene;
  const pairs = [];
  for (const tag of ['build-1', 'build-2']) {
    const subject = await shared.digestOf(repository, tag);
    const { digest } = await attach(shared, repository, { subject, content: `sbom of ${tag}` });
    pairs.push(`${subject} ↳ ${digest}`);
  }
  emulator.advance(30 * day);
  const planned = await provisioning(scene, keep(2), { given: { mode: 'plan', ...all } });
  const text = planned.summaries.join().replaceAll('&#58;', ':');
  const rows = text.matchAll(/^\| ((?:↳ )*)<code>(sha256:\w+)<\/code> \|/gm);
  const shown = [...rows].map(([, arrows = '', digest = '']) => `${arrows}${digest}`);
  expect(shown).toHaveLength(4);
  for (const pair of pairs) expect(shown.join(' ')).toContain(pair);
});

describe('an index is shown with its platforms, as one image', () => {
  const note = 'No rule expires images without tags';

  test.each([
    { name: 'ECR keeps their images, if no rule expires images without tags', untagged: '' },
    { name: 'and their images expire after it by a rule for images without tags', untagged: 'untagged: 1d' },
  ])('$name', async ({ untagged }) => {
    const scene = await published(2);
    const platforms = ['linux/amd64', 'linux/arm64'];
    await scene.publish(repository, 'gitpr_1', { name: 'web', content: 'two', platforms });
    const index = await scene.shared.digestOf(repository, 'gitpr_1');
    const { digest } = await attach(scene.shared, repository, { subject: index, content: 'sbom' });
    scene.emulator.advance(30 * day);
    const settings = `repositories: { lifecycle: { expire: { gitpr_: 7d, ${untagged} } } }`;
    const planned = await provisioning(scene, settings, { given: { mode: 'plan', ...all } });
    const text = planned.summaries.join().replaceAll('&#58;', ':');
    expect(text).toContain(`| <code>${index}</code> | gitpr\\_1 | linux/amd64, linux/arm64 | expire |`);
    expect(text).toContain(`| ↳ <code>${digest}</code> |  |  | expire |`);
    expect(text.includes(note)).toBe(untagged === '');
  });
});

describe('the brake', () => {
  test.each<{ maxExpire: string; green: boolean }>([
    { maxExpire: '1', green: false },
    { maxExpire: '2', green: true },
    { maxExpire: '40%', green: false },
    { maxExpire: '50%', green: true },
    { maxExpire: '2, 40%', green: false },
    { maxExpire: '2, 50%', green: true },
  ])('of $maxExpire lets two of four images expire: $green', async ({ maxExpire, green }) => {
    const scene = await published(4);
    const ending = await provisioning(scene, keep(2), { given: { 'max-expire': maxExpire } });
    expect(ending.green).toBe(green);
    expect(ending.codes).toEqual(green ? [] : ['expiry-refused']);
    expect(writesOf(ending)).toEqual([
      'ecr:StartLifecyclePolicyPreview',
      ...(green ? ['ecr:PutLifecyclePolicy'] : []),
    ]);
  });

  test.each(['', 'many', '1, 2', '10%, 20%', '101%', '-1'])('cannot be %p', async (maxExpire) => {
    const scene = await scenario();
    const ending = await provisioning(scene, keep(2), { given: { 'max-expire': maxExpire || ' , ' } });
    expect(ending.codes).toEqual(['input-invalid']);
  });
});

test('attestations do not hide how large the share of images is', async () => {
  const scene = await published(4);
  const subject = await scene.shared.digestOf(repository, 'build-4');
  for (let kind = 0; kind < 8; kind += 1)
    await attach(scene.shared, repository, { subject, content: `sbom ${kind}` });
  const ending = await provisioning(scene, keep(2), { given: { 'max-expire': '40%' } });
  expect(ending.codes).toEqual(['expiry-refused']);
});

describe('a policy is refused before anything is written, if it would expire', () => {
  test('the image that an environment runs by the ledger', async () => {
    const scene = await published(3);
    const digest = await scene.shared.digestOf(repository, 'build-1');
    if (digest === undefined) throw new Error('there is no image');
    await recordDev(scene, 'payroll/towpath', { repository, digest });
    const ending = await provisioning(scene, raw(lastOne), { given: all });
    expect(ending.codes).toEqual(['expiry-refused']);
    expect(ending.annotations[0]?.message).toMatch(
      /would expire build-1, sha256:\w+ by rule 1: dev runs it \(entry dev\.1\)/,
    );
    expect(writesOf(ending)).toEqual(['ecr:StartLifecyclePolicyPreview']);
  });

  test('the image that an environment runs from a repository of its own', async () => {
    const scene = await published(3);
    const digest = await scene.shared.digestOf(repository, 'build-1');
    if (digest === undefined) throw new Error('there is no image');
    await scene.shared.createRepository('platform/towpath');
    await recordDev(scene, 'platform/towpath', { repository, digest });
    const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/platform
images: { web: { repository: ${repository} } }
`;
    const ending = await provisioning(scene, raw(lastOne), { config, given: all });
    expect(ending.codes).toEqual(['expiry-refused']);
    expect(ending.annotations[0]?.message).toContain('dev runs it (entry dev.1)');
  });

  test('an image with the tag of an environment, without a ledger', async () => {
    const scene = await published(2);
    await scene.publish(repository, 'dev-1', { name: 'web', content: 'v1' });
    const ending = await provisioning(scene, raw(lastOne), { given: all });
    expect(ending.codes).toEqual(['expiry-refused']);
    expect(ending.annotations[0]?.message).toContain('its tag dev-1 belongs to dev');
  });

  test('the image of a tag that moves', async () => {
    const scene = await published(2);
    await scene.publish(repository, 'latest', { name: 'web', content: 'v1' });
    const config =
      'registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll\nimages: { web: {} }\ntags: ["build-{version}", latest]\n';
    const ending = await provisioning(scene, raw(lastOne), { config, given: all });
    expect(ending.codes).toEqual(['expiry-refused']);
    expect(ending.annotations[0]?.message).toContain('the tag latest points at it');
  });

  test('but attestations expire only with their image', async () => {
    const scene = await published(2);
    const subject = await scene.shared.digestOf(repository, 'build-2');
    await attach(scene.shared, repository, { subject, content: 'sbom' });
    scene.emulator.advance(30 * day);
    const ending = await provisioning(scene, 'repositories: { lifecycle: { expire: { untagged: 1d } } }');
    expect(ending.green).toBe(true);
    await scene.emulator.expire();
    expect(await scene.shared.referrers(repository, subject ?? '')).toHaveLength(1);
  });
});

describe('a lifecycle rule that keeps images, and is removed or changed,', () => {
  const rule = (pattern: string, count: string) =>
    `{ selection: { tagStatus: tagged, tagPatternList: ["${pattern}"], ${count} }, action: { type: expire } }`;
  const keepAll = 'countType: imageCountMoreThan, countNumber: 9';
  const inAMonth = 'countType: sinceImagePushed, countUnit: days, countNumber: 30';
  const before = raw(`${rule('build-*', keepAll)}, ${rule('*', inAMonth)}`);
  const shortened = raw(rule('*', inAMonth));

  /** Three images that the policy keeps. Two of them are released and in an environment. */
  async function keeping(settings = before): Promise<Scenario> {
    const scene = await published(3);
    expect((await provisioning(scene, settings, { given: all })).green).toBe(true);
    return scene;
  }

  test('exposes images that expire later: the plan shows them, and max-expire counts them', async () => {
    const scene = await keeping();
    const planned = await provisioning(scene, shortened, { given: { mode: 'plan', ...all } });
    expect(planned.summaries.join()).toMatch(
      /lacks the rules that keep 3 of 3 images now.*\| build\\-1 \| {2}\| expire \| 1 \| [\d\\-]{12} \|/s,
    );
    expect(planned.outputs.repositories).toContain('"expiring":0,"exposed":3');
    for (const [maxExpire, green] of [
      ['2', false],
      ['99%', false],
      ['3, 100%', true],
    ] as const) {
      const ending = await provisioning(scene, shortened, { given: { 'max-expire': maxExpire } });
      expect([maxExpire, ending.green]).toEqual([maxExpire, green]);
      if (!green)
        expect(ending.annotations[0]?.message).toContain(
          'would expire or archive 3 of 3 images, which is more than max-expire allows. 3 images of them would lose the rule',
        );
    }
  });

  test('is refused if an environment runs such an image', async () => {
    const scene = await keeping();
    const digest = await scene.shared.digestOf(repository, 'build-1');
    if (digest === undefined) throw new Error('there is no image');
    await recordDev(scene, 'payroll/towpath', { repository, digest });
    const changed = raw(`${rule('release-*', keepAll)}, ${rule('*', inAMonth)}`);
    const ending = await provisioning(scene, changed, { given: all });
    expect(ending.codes).toEqual(['expiry-refused']);
    expect(ending.annotations[0]?.message).toMatch(
      /would expire build-1, sha256:\w+ by rule 2 on \d{4}-\d\d-\d\d, because it lacks the rule that keeps this image now: dev runs it/,
    );
    expect(writesOf(ending)).toEqual(['ecr:StartLifecyclePolicyPreview']);
  });

  test('is applied if another rule keeps the images', async () => {
    const scene = await keeping();
    const ending = await provisioning(scene, raw(rule('*', keepAll)));
    expect(ending.codes).toEqual([]);
    expect(ending.outputs.repositories).toContain('"exposed":0');
  });

  test('of an unknown form is pointed out', async () => {
    const scene = await keeping();
    const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 5 };
    const description = 'This description is longer than Towpath expects. '.repeat(6);
    await scene.shared.putLifecycle(repository, {
      rules: [{ rulePriority: 5, description, selection, action: { type: 'expire' } }],
    });
    const ending = await provisioning(scene, before, { given: { mode: 'plan', ...all } });
    expect(ending.summaries.join()).toContain('has now has an unknown form');
  });
});

describe('a preview that is not complete is an error, never an empty list:', () => {
  test.each(['LifecyclePolicyPreviewNotFoundException', 'ServerException'])('%s', async (exception) => {
    const scene = await published(2);
    scene.emulator.addFault({
      kind: 'exception',
      exception,
      operation: 'ecr:GetLifecyclePolicyPreview',
      times: 0,
    });
    const ending = await provisioning(scene, keep(1), { given: all });
    expect(ending.codes).toEqual(['outside-failed']);
    expect(writesOf(ending)).not.toContain('ecr:PutLifecyclePolicy');
  });
});

test('a preview of another run is waited for', async () => {
  const scene = await published(2);
  scene.emulator.addFault({
    kind: 'exception',
    exception: 'LifecyclePolicyPreviewInProgressException',
    operation: 'ecr:StartLifecyclePolicyPreview',
    times: 2,
  });
  const ending = await provisioning(scene, keep(1), { given: all });
  expect(ending.green).toBe(true);
  expect(
    writesOf(ending).filter((operation) => operation === 'ecr:StartLifecyclePolicyPreview'),
  ).toHaveLength(3);
});

test('a preview of more than one page is read to its end', async () => {
  const scene = await scenario();
  await scene.shared.createRepository(repository);
  const tags = Array.from({ length: 130 }, (_, index) => index);
  for (const index of tags) {
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [],
      annotations: { n: String(index) },
    };
    await scene.shared.putManifest(
      repository,
      Buffer.from(JSON.stringify(manifest)),
      manifest.mediaType,
      `build-${index}`,
    );
  }
  const ending = await provisioning(scene, keep(1), { given: { mode: 'plan', ...all } });
  expect(ending.outputs.repositories).toContain('"expiring":129');
});

test('a rule that matches no image is pointed out', async () => {
  const scene = await published(2);
  const ending = await provisioning(
    scene,
    'repositories: { lifecycle: { keep: 9, expire: { gitsha_: 7d } } }',
  );
  expect(ending.annotations.map(({ message }) => message)).toEqual([
    expect.stringContaining('match no image. Check their tags'),
  ]);
});

test('a rule that archives images says what that means', async () => {
  const scene = await published(1);
  const rule =
    '{ selection: { tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 30 }, action: { type: transition, targetStorageClass: archive } }';
  const ending = await provisioning(scene, raw(rule), { given: { mode: 'plan' } });
  expect(ending.summaries.join()).toMatch(
    /cannot be pulled, and ECR charges at least 90 days for them\\\. .*Scans by Amazon Inspector count as pulls/,
  );
});

test('what the rules cannot express is said in the plan', async () => {
  const scene = await published(1);
  const ending = await provisioning(scene, keep(9), { given: { mode: 'plan' } });
  expect(ending.summaries.join()).toContain('promoted to dev do not expire');
});
