import { describe, expect, test } from '@jest/globals';
import { parseDigest, type Digest } from '@towpath/reference';
import { Account } from '@towpath/stage';
import { attach, putIndex, scenario, type Ending, type Scenario } from '@towpath/testing';
import { promote } from './action.ts';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
ledger: off
images: { web: { platforms: [linux/amd64, linux/arm64] } }
environments:
  prod: { from: build, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com }
`;
const repository = 'payroll/web';

interface Team extends Scenario {
  readonly root: Digest;
  /** The manifests of both platforms. */
  readonly platforms: readonly Digest[];
}

/** Creates a team that has published web 1.0.0 for two platforms. */
async function team(mutability: 'MUTABLE' | 'IMMUTABLE' = 'IMMUTABLE'): Promise<Team> {
  const scene = await scenario();
  await scene.shared.createRepository(repository, 'MUTABLE');
  await scene.prod.createRepository(repository, mutability);
  await scene.prod.admit(scene.shared, repository);
  await scene.publish(repository, 'build-1.0.0', {
    name: 'web',
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  const root = parseDigest((await scene.shared.digestOf(repository, 'build-1.0.0')) ?? '');
  const index = JSON.parse(await scene.shared.manifestText(repository, root)) as {
    manifests: { digest: string }[];
  };
  return { ...scene, root, platforms: index.manifests.map(({ digest }) => parseDigest(digest)) };
}

function promoting(scene: Scenario, given: Readonly<Record<string, string>> = {}): Promise<Ending> {
  return scene.play(promote, {
    files: { 'towpath.yaml': config },
    given: { version: '1.0.0', 'target-environment': 'prod', ...given },
  });
}

/** Returns the summary without the escapes of Markdown. */
function summaryOf({ summaries }: Ending): string {
  return summaries.join().replace(/&#(\d+);/g, (_, number: string) => String.fromCodePoint(Number(number)));
}

function tagOf(digest: Digest, suffix = ''): string {
  return `${digest.replace(':', '-')}${suffix}`;
}

function platformOf({ platforms }: Team): Digest {
  const [platform] = platforms;
  if (platform === undefined) throw new Error('the image has platforms');
  return platform;
}

describe('what is attached to an image arrives with it', () => {
  test.each([
    {
      name: 'a referrer of the index',
      push: async (scene: Team) => [
        await attach(scene.shared, repository, { subject: scene.root, content: 'a' }),
      ],
    },
    {
      name: 'a referrer of a platform',
      push: async (scene: Team) => [
        await attach(scene.shared, repository, { subject: platformOf(scene), content: 'a' }),
      ],
    },
    {
      name: 'a signature of a referrer of a referrer',
      push: async (scene: Team) => {
        const sbom = await attach(scene.shared, repository, { subject: scene.root, content: 'a' });
        const signature = await attach(scene.shared, repository, { subject: sbom.digest, content: 'b' });
        const tag = tagOf(signature.digest, '.sig');
        return [sbom, signature, await attach(scene.shared, repository, { tag, content: 'c' })];
      },
    },
    {
      name: 'a referrer of an artifact under a tag',
      push: async (scene: Team) => {
        const tag = tagOf(scene.root, '.att');
        const attested = await attach(scene.shared, repository, { tag, content: 'a' });
        return [attested, await attach(scene.shared, repository, { subject: attested.digest, content: 'b' })];
      },
    },
    {
      name: 'an index of referrers that no registry lists',
      push: async (scene: Team) => {
        const sbom = await attach(scene.shared, repository, { content: 'a' });
        return [sbom, await putIndex(scene.shared, repository, tagOf(scene.root), [sbom])];
      },
    },
  ])('$name', async ({ push }) => {
    const scene = await team();
    const pushed = await push(scene);
    const ending = await promoting(scene);
    expect(ending.codes).toEqual([]);
    expect(await scene.prod.digests(repository)).toEqual(await scene.shared.digests(repository));
    const tags = (await scene.shared.tags(repository)).filter((tag) => tag.startsWith('sha256-'));
    for (const tag of tags)
      expect(await scene.prod.digestOf(repository, tag)).toBe(await scene.shared.digestOf(repository, tag));
    for (const { digest } of pushed) {
      expect(summaryOf(ending)).toContain(digest);
      expect(await scene.prod.manifestText(repository, digest)).toBe(
        await scene.shared.manifestText(repository, digest),
      );
    }
  });

  test.each(['', '.sig', '.att', '.sbom'])('an artifact under the tag sha256-<hex>%s', async (suffix) => {
    const scene = await team();
    for (const subject of [scene.root, ...scene.platforms])
      await attach(scene.shared, repository, { tag: tagOf(subject, suffix), content: `about ${subject}` });
    const ending = await promoting(scene);
    expect(ending.codes).toEqual([]);
    for (const subject of [scene.root, ...scene.platforms])
      expect(await scene.prod.digestOf(repository, tagOf(subject, suffix))).toBe(
        await scene.shared.digestOf(repository, tagOf(subject, suffix)),
      );
  });

  test('and the registry lists it as a referrer', async () => {
    const scene = await team();
    const subject = platformOf(scene);
    await attach(scene.shared, repository, { subject, artifactType: 'application/spdx+json', content: 'a' });
    expect((await promoting(scene)).codes).toEqual([]);
    expect(await scene.prod.referrers(repository, subject)).toEqual(['application/spdx+json']);
  });
});

describe('promoting again', () => {
  test('brings only what was attached in the meantime', async () => {
    const scene = await team();
    await promoting(scene);
    const before = await scene.prod.digests(repository);
    const { digest } = await attach(scene.shared, repository, { subject: scene.root, content: 'late' });
    const ending = await promoting(scene);
    expect(ending.codes).toEqual([]);
    expect(await scene.prod.digests(repository)).toEqual([...before, digest].toSorted());
    const written = ending.requests.filter(({ operation }) => /PUT manifest|PutImage/.test(operation));
    expect(written).toHaveLength(1);
  });

  test('writes nothing if nothing is new', async () => {
    const scene = await team();
    await attach(scene.shared, repository, { tag: tagOf(scene.root, '.sig'), content: 'a' });
    await promoting(scene);
    const ending = await promoting(scene);
    expect(ending.codes).toEqual([]);
    expect(ending.summaries.join()).toContain('nothing was written');
    expect(ending.requests.filter(({ operation }) => /^(POST|PUT)|PutImage/.test(operation))).toEqual([]);
  });
});

describe('a tag that already exists in the target', () => {
  /** Lists an SBOM in the index of the source and another one in that of the target. */
  async function withOwnIndex(scene: Team): Promise<readonly Digest[]> {
    await promoting(scene, { attestations: 'skip' });
    const [ours, theirs] = [
      await attach(scene.shared, repository, { content: 'ours' }),
      await attach(scene.prod, repository, { content: 'theirs' }),
    ];
    await putIndex(scene.shared, repository, tagOf(scene.root), [ours]);
    await putIndex(scene.prod, repository, tagOf(scene.root), [theirs]);
    return [theirs.digest, ours.digest];
  }

  async function listedIn(scene: Team): Promise<readonly string[]> {
    const index = JSON.parse((await scene.prod.manifest(repository, tagOf(scene.root))).toString()) as {
      manifests: { digest: string }[];
    };
    return index.manifests.map(({ digest }) => digest);
  }

  test('is joined with that of the source if it is an index', async () => {
    const scene = await team('MUTABLE');
    const both = await withOwnIndex(scene);
    expect((await promoting(scene)).codes).toEqual([]);
    expect(await listedIn(scene)).toEqual(both);
    const again = await promoting(scene);
    expect(again.summaries.join()).toContain('nothing was written');
  });

  test('stays if it is immutable, and a warning says what does not find the attachments', async () => {
    const scene = await team('IMMUTABLE');
    const [theirs, ours = ''] = await withOwnIndex(scene);
    const ending = await promoting(scene);
    expect(ending.codes).toEqual([]);
    expect(await listedIn(scene)).toEqual([theirs]);
    expect(await scene.prod.digests(repository)).toContain(ours);
    const [warning] = ending.annotations.filter(({ message }) => message.includes(tagOf(scene.root)));
    expect(warning?.level).toBe('warning');
    expect(warning?.message).toMatch(/is immutable .*put-image-tag-mutability.*sha256-\*/);
  });

  test.each([
    {
      name: 'moves if the source has all its signatures and more',
      prod: ['a'],
      source: ['a', 'b'],
      moves: true,
    },
    { name: 'stays if it has all signatures of the source', prod: ['a', 'b'], source: ['a'], moves: false },
  ])('$name', async ({ prod, source, moves }) => {
    const scene = await team('MUTABLE');
    await promoting(scene, { attestations: 'skip' });
    const tag = tagOf(scene.root, '.sig');
    await sign(scene, 'prod', tag, prod);
    await sign(scene, 'shared', tag, source);
    const before = await scene.prod.digestOf(repository, tag);
    const ending = await promoting(scene);
    expect(ending.codes).toEqual([]);
    const expected = moves ? await scene.shared.digestOf(repository, tag) : before;
    expect(await scene.prod.digestOf(repository, tag)).toBe(expected);
  });

  test('stays with a warning if both have signatures that the other lacks', async () => {
    const scene = await team('MUTABLE');
    await promoting(scene, { attestations: 'skip' });
    const tag = tagOf(scene.root, '.sig');
    await sign(scene, 'prod', tag, ['a']);
    await sign(scene, 'shared', tag, ['b']);
    const before = await scene.prod.digestOf(repository, tag);
    const ending = await promoting(scene);
    expect(ending.codes).toEqual([]);
    expect(await scene.prod.digestOf(repository, tag)).toBe(before);
    expect(ending.annotations.map(({ message }) => message).join()).toContain(
      'signatures that the source lacks',
    );
  });

  /** Writes signatures as cosign does: layers with the same bytes and a signature in the annotations. */
  async function sign(
    scene: Team,
    where: 'prod' | 'shared',
    tag: string,
    by: readonly string[],
  ): Promise<void> {
    await attach(scene[where], repository, {
      tag,
      content: 'payload',
      annotations: by.map((key) => ({ 'dev.cosignproject.cosign/signature': key })),
    });
  }
});

describe('an attachment that cannot be read', () => {
  test('is an error that names it, and nothing is tagged', async () => {
    const scene = await team();
    const { digest } = await attach(scene.shared, repository, { subject: scene.root, content: 'a' });
    scene.emulator.addFault({
      kind: 'exception',
      operation: 'ecr:ListImageReferrers',
      exception: 'AccessDeniedException',
      times: 0,
    });
    const ending = await promoting(scene);
    expect(ending.codes).toEqual(['access-denied']);
    expect(await scene.prod.digests(repository)).toEqual([]);
    expect(digest).toBeDefined();
  });
});

test('attestations: skip brings the image alone, and the summary says so', async () => {
  const scene = await team();
  await attach(scene.shared, repository, { tag: tagOf(scene.root, '.sig'), content: 'a' });
  const ending = await promoting(scene, { attestations: 'skip' });
  expect(ending.codes).toEqual([]);
  expect(await scene.prod.digests(repository)).toEqual([scene.root, ...scene.platforms].toSorted());
  expect(summaryOf(ending)).toContain('attestations: skip');
});

test('what is attached arrives in another region of the same account', async () => {
  const scene = await scenario({ regions: ['us-east-1', 'eu-west-1'] });
  const [here, there] = [scene.shared, new Account(scene.shared.id, scene.emulator.api, 'eu-west-1')];
  for (const account of [here, there]) await account.createRepository(repository, 'MUTABLE');
  await scene.publish(repository, 'build-1.0.0', { name: 'web' });
  const root = parseDigest((await here.digestOf(repository, 'build-1.0.0')) ?? '');
  const sbom = await attach(here, repository, { subject: root, content: 'sbom' });
  await attach(here, repository, { tag: tagOf(sbom.digest, '.sig'), content: 'signed' });
  const endpoints = {
    [here.host]: scene.emulator.registryUrl(here.id, 'us-east-1'),
    [there.host]: scene.emulator.registryUrl(here.id, 'eu-west-1'),
  };
  const ending = await scene.play(promote, {
    files: {
      'towpath.yaml': config
        .replace(scene.prod.host, there.host)
        .replace('from: build,', 'from: build, gate: off,'),
    },
    env: { TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify(endpoints) },
    given: { version: '1.0.0', 'target-environment': 'prod' },
  });
  expect(ending.codes).toEqual([]);
  expect(await there.digests(repository)).toEqual(await here.digests(repository));
  expect(await there.digestOf(repository, tagOf(sbom.digest, '.sig'))).toBeDefined();
});

test('an attachment whose layer is not in the registry is named, with the input that leaves attachments out', async () => {
  const scene = await team();
  const { digest, mediaType } = await attach(scene.shared, repository, { subject: scene.root, content: 'a' });
  const text = await scene.shared.manifestText(repository, digest);
  const foreign = text.replace(
    '"application/vnd.example"',
    '"application/vnd.oci.image.layer.nondistributable.v1.tar"',
  );
  await scene.shared.putManifest(repository, Buffer.from(foreign), mediaType);
  const { codes, annotations } = await promoting(scene);
  expect(codes).toEqual(['image-unsupported']);
  expect(annotations[0]?.message).toMatch(
    /^Image web has layer sha256:.* in manifest sha256:.* The manifest is attached to the image in 1111.*\/payroll\/web\..*attestations: skip/,
  );
  expect((await promoting(scene, { attestations: 'skip' })).codes).toEqual([]);
});
