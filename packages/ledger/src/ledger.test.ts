import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { Locations } from '@towpath/project';
import { digestOf } from '@towpath/reference';
import { scenario, sessionOf, temporaryFolder, writeFiles, type Play, type Scenario } from '@towpath/testing';
import { findImages, tagImage } from '@towpath/ecr';
import { intentTag, ledgerWarning, openLedger, type Ledger } from './ledger.ts';
import type { Session } from '@towpath/session';
import type { Intent, Release } from './release.ts';
import { writeIntent, writeRelease } from './write-entry.ts';

type Caller = NonNullable<Play['as']>;

const digest = digestOf('an image');
const image = { name: 'web', repository: 'payroll/web', digest, fingerprint: 'f'.repeat(64) };
const release: Release = {
  schemaVersion: 1,
  version: '1.0.0',
  published: '2026-01-31T12:00:00.000Z',
  source: {},
  images: [image],
};
const intent: Intent = {
  schemaVersion: 1,
  version: '1.0.0',
  when: '2026-01-31T12:00:00.000Z',
  source: {},
  images: [image],
};
const registry = '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll';
const yaml = `registry: ${registry}\nimages: { web: {}, old: { repository: legacy/old } }\n`;

async function team(mutability?: 'IMMUTABLE' | 'MUTABLE' | 'IMMUTABLE_WITH_EXCLUSION'): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository(
    'payroll/towpath',
    mutability,
    undefined,
    mutability === 'IMMUTABLE_WITH_EXCLUSION' ? ['x*'] : [],
  );
  return scene;
}

/** Runs a body with the locations of a workspace and a session of the caller. */
async function open<T>(
  scene: Scenario,
  use: (locations: Locations, session: Session) => Promise<T>,
  {
    files = { 'towpath.yaml': yaml },
    as = scene.shared,
  }: { files?: Record<string, string>; as?: Caller } = {},
): Promise<T> {
  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  const config = await loadConfig({
    workspace,
    defaultName: 'web',
    printBake: () => Promise.reject(new Error('there is no bake file')),
  });
  const session = sessionOf(scene, as);
  return use(new Locations(config, session), session);
}

function read(
  scene: Scenario,
  version = '1.0.0',
  options?: Parameters<typeof open>[2],
): Promise<Ledger | { code: string; message: string; hint?: string }> {
  return open(scene, (locations) => openLedger(locations, { versions: [version] }), options).catch(
    (error: unknown) => {
      if (!(error instanceof CodedError)) throw error;
      const [{ code, message, hint } = { code: error.code, message: '', hint: undefined }] = error.problems;
      return { code, message, hint };
    },
  );
}

function write(scene: Scenario, document: Release): Promise<unknown> {
  return open(scene, async (locations, session) => {
    const location = { registry: await locations.registry(), repository: 'payroll/towpath' };
    return writeRelease(location, document, session);
  });
}

/** Creates a role of the account with these permissions on all resources. */
function role({ emulator, shared }: Scenario, ...actions: string[]): Promise<Caller> {
  const policy = { Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
  emulator.addRoles({ [`arn:aws:iam::${shared.id}:role/reader`]: { policy } });
  return shared.assume('reader');
}

describe('the ledger', () => {
  test('lists the images of a version, and the images that runs intended to publish', async () => {
    const scene = await team();
    await write(scene, release);
    await open(scene, async (locations, session) => {
      const { location, entries } = await openLedger(locations, { versions: ['1.0.0'] });
      expect(entries.get('1.0.0')).toEqual({ release, intents: new Map() });
      expect(await writeIntent(location, intent, [], session)).toBe('put');
    });
    expect(await read(scene)).toMatchObject({
      state: 'kept',
      entries: new Map([['1.0.0', { release, intents: new Map([[1, intent]]) }]]),
    });
  });

  test('is read with one request for the documents of a version and one for all settings, both at once', async () => {
    const scene = await team();
    await scene.shared.createRepository('payroll/web');
    scene.emulator.clearRequests();
    scene.emulator.addFault({ kind: 'stall', forMs: 500, times: 0 });
    const { repositories } = await open(scene, (locations) =>
      openLedger(locations, { versions: ['1.0.0'], repositories: ['payroll/web'] }),
    );
    expect(repositories.get('payroll/web')?.mutability).toBe('IMMUTABLE');
    expect(scene.emulator.requests.map(({ operation }) => operation).sort()).toEqual([
      'ecr:BatchGetImage',
      'ecr:DescribeRepositories',
    ]);
    const [one = 0, other = 0] = scene.emulator.requests.map(({ at }) => Date.parse(at));
    expect(Math.abs(one - other)).toBeLessThan(500);
  });

  test('is absent if its repository does not exist', async () => {
    expect(await read(await scenario())).toMatchObject({
      state: 'absent',
      entries: new Map([['1.0.0', { release: undefined, intents: new Map() }]]),
    });
  });

  test.each(['ecr:BatchGetImage', 'ecr:DescribeRepositories'])(
    'is not absent if only %s does not find it',
    async (operation) => {
      const scene = await team();
      const exception = 'RepositoryNotFoundException';
      scene.emulator.addFault({ kind: 'exception', exception, operation, times: 0 });
      expect(await read(scene)).toMatchObject({
        code: 'repository-missing',
        message: expect.stringMatching(/payroll\/towpath exists, and that it does not/) as unknown,
      });
    },
  );

  test('is read again if another run created it between two answers', async () => {
    const scene = await team();
    const exception = 'RepositoryNotFoundException';
    scene.emulator.addFault({ kind: 'exception', exception, operation: 'ecr:BatchGetImage' });
    expect(await read(scene)).toMatchObject({ state: 'kept' });
  });

  test('is not read with ledger: off', async () => {
    const scene = await team('MUTABLE');
    scene.emulator.clearRequests();
    const files = { 'towpath.yaml': `${yaml}ledger: off\n` };
    expect(await read(scene, '1.0.0', { files })).toMatchObject({ state: 'off' });
    expect(scene.emulator.requests).toEqual([]);
  });

  test('is not read in a public registry', async () => {
    const scene = await team();
    scene.emulator.clearRequests();
    const files = { 'towpath.yaml': 'registry: public.ecr.aws/acme/payroll\nimages: { web: {} }\n' };
    expect(await read(scene, '1.0.0', { files })).toMatchObject({ state: 'off' });
    expect(scene.emulator.requests).toEqual([]);
  });

  test.each(['MUTABLE', 'IMMUTABLE_WITH_EXCLUSION'] as const)(
    'is rejected if its tags are %s, with the command to change that',
    async (mutability) => {
      expect(await read(await team(mutability))).toMatchObject({
        code: 'ledger-mutable',
        message: expect.stringContaining(mutability) as unknown,
        hint: expect.stringMatching(
          /aws ecr put-image-tag-mutability .*payroll\/towpath --image-tag-mutability IMMUTABLE/,
        ) as unknown,
      });
    },
  );
});

describe('a role without read permission for the ledger', () => {
  test.each([['ssm:GetParameter'], ['ecr:DescribeRepositories']])(
    'gets an error if it has %s',
    async (action) => {
      const scene = await team();
      expect(await read(scene, '1.0.0', { as: await role(scene, action) })).toMatchObject({
        code: 'access-denied',
        hint: expect.stringMatching(/grant ecr:BatchGetImage .*payroll\/towpath.*ledger: off/) as unknown,
      });
    },
  );

  test('gets an error if it may not read the settings either', async () => {
    const scene = await team();
    expect(await read(scene, '1.0.0', { as: await role(scene, 'ecr:BatchGetImage') })).toMatchObject({
      code: 'access-denied',
      hint: expect.stringContaining('ecr:DescribeRepositories') as unknown,
    });
  });

  const service = 'ImageBuildConfiguration: { S: { imageName: web, buildContext: . } }\n';
  const prefix = `Parameters: { RepositoryPrefix: { Type: String, Default: ${registry} } }\n`;
  test.each<{ readonly form: string; readonly files: Record<string, string> }>([
    { form: 'template.yaml', files: { 'template.yaml': `${prefix}Mappings: { ${service.trim()} }\n` } },
    {
      form: 'image-build-config.yaml',
      files: { 'image-build-config.yaml': service, 'template.yaml': prefix },
    },
    { form: 'a single Dockerfile', files: { Dockerfile: 'FROM scratch\n', 'template.yaml': prefix } },
  ])('gets a warning with $form, which cannot turn the ledger off', async ({ files }) => {
    const scene = await team();
    for (const action of ['ssm:GetParameter', 'ecr:BatchGetImage']) {
      const ledger = await read(scene, '1.0.0', { files, as: await role(scene, action) });
      expect(ledger).toMatchObject({ state: 'unreadable' });
      expect(ledgerWarning(ledger as Ledger)).toMatch(/ecr:BatchGetImage.*ledger: off/);
    }
  });
});

describe('a release', () => {
  test.each([
    {
      name: 'outside the prefix',
      repository: 'secret/app',
      problem: /secret\/app.*neither under the prefix/,
    },
    {
      name: 'whose name starts with the prefix but is not under it',
      repository: 'payroll-secret/app',
      problem: /neither under/,
    },
    { name: 'of another image of the configuration', repository: 'legacy/old', problem: /neither under/ },
    { name: 'of the ledger', repository: 'payroll/towpath', problem: /payroll\/towpath/ },
  ])('is invalid with a repository $name', async ({ repository, problem }) => {
    const scene = await team();
    await write(scene, { ...release, images: [{ ...image, repository }] });
    expect(await read(scene)).toMatchObject({
      code: 'release-invalid',
      message: expect.stringMatching(problem) as unknown,
    });
  });

  test('may list the repository that the configuration sets for the image', async () => {
    const scene = await team();
    const images = [{ ...image, name: 'old', repository: 'legacy/old' }];
    await write(scene, { ...release, images });
    expect(await read(scene)).toMatchObject({ state: 'kept' });
  });

  test('under the tag of another version is invalid, and so is an intent', async () => {
    for (const tag of ['2.0.0', intentTag('2.0.0', 7)]) {
      const scene = await team();
      await write(scene, release);
      await open(scene, async (locations, session) => {
        const { location } = await openLedger(locations, { versions: ['1.0.0'] });
        await writeIntent(location, intent, [], session);
        const kind = tag === '2.0.0' ? '1.0.0' : intentTag('1.0.0', 1);
        const found = await findImages(session.ecr(location.registry), location.repository, [kind]);
        for (const manifest of found.values())
          await tagImage(session.ecr(location.registry), location.repository, manifest, tag);
      });
      expect(await read(scene, '2.0.0')).toMatchObject({
        code: 'release-invalid',
        message: expect.stringContaining(`${tag} belongs to version "1.0.0", not to "2.0.0"`) as unknown,
      });
    }
  });

  test.each([
    { name: 'a duplicate image name', images: [image, { ...image, repository: 'payroll/other' }] },
    { name: 'an invalid image name', images: [{ ...image, name: '../web' }] },
    { name: 'an invalid ECR repository name', images: [{ ...image, repository: 'payroll/../x' }] },
    { name: 'no images', images: [] },
    {
      name: 'more than 1000 images',
      images: Array.from({ length: 1001 }, (_, index) => ({ ...image, name: `i${index}` })),
    },
  ])('is not written with $name', async ({ images }) => {
    await expect(write(await team(), { ...release, images })).rejects.toMatchObject({
      code: 'release-invalid',
    });
  });
});

describe('intents', () => {
  const numbered = (n: number): Intent => ({ ...intent, images: [{ ...image, digest: digestOf(`${n}`) }] });

  test('get distinct numbers in concurrent runs, and equal intents share one', async () => {
    const scene = await team();
    await open(scene, async (locations, session) => {
      const { location } = await openLedger(locations, { versions: ['1.0.0'] });
      const all = [1, 2, 3, 1].map((n) => writeIntent(location, numbered(n), [], session));
      expect((await Promise.all(all)).sort()).toEqual(['put', 'put', 'put', 'there']);
    });
    expect(await scene.shared.tags('payroll/towpath')).toEqual([1, 2, 3].map((n) => `1.0.0.intent.${n}`));
  });

  test('are limited to 50: the next one is rejected', async () => {
    const scene = await team();
    await open(scene, async (locations, session) => {
      const location = { registry: await locations.registry(), repository: 'payroll/towpath' };
      for (let n = 1; n <= 51; n += 1) {
        const entry = (await openLedger(locations, { versions: ['1.0.0'] })).entries.get('1.0.0');
        if (entry === undefined) throw new Error('it was asked for');
        const writing = writeIntent(location, numbered(n), [...entry.intents.keys()], session);
        if (n <= 50) expect(await writing).toBe('put');
        else await expect(writing).rejects.toMatchObject({ code: 'version-taken' });
      }
    });
  });
});

describe('a version', () => {
  test('is rejected if its tag would be that of an intent, with an alternative', async () => {
    expect(await read(await team(), '1.0.0.intent.3')).toMatchObject({
      code: 'input-invalid',
      hint: expect.stringContaining('1.0.0-intent-3') as unknown,
    });
  });

  test('may be as long as a tag and still have tags for its intents', () => {
    const version = 'v'.repeat(128);
    expect(intentTag(version, 50)).toHaveLength(128);
    expect(intentTag(version, 1)).not.toBe(intentTag(`${version.slice(1)}w`, 1));
  });
});
