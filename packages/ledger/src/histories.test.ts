import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { digestOf, parseEcrHost, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { scenario, sessionOf, type Scenario } from '@towpath/testing';
import { entryKind, makeArtifact } from './artifact.ts';
import { entryTag, isEntryTag, type EnvironmentEntry } from './environment-entry.ts';
import { readHistories, readHistory } from './histories.ts';
import { isReservedVersion } from './ledger.ts';
import { pushArtifact, writeEnvironmentEntry, writeRelease } from './write-entry.ts';

interface Desk {
  readonly scene: Scenario;
  readonly location: RepositoryRef;
  readonly session: Session;
}

/** Creates a ledger and a session of its account. */
async function desk(mutability?: 'IMMUTABLE' | 'MUTABLE'): Promise<Desk> {
  const scene = await scenario();
  const { shared } = scene;
  await shared.createRepository('payroll/towpath', mutability);
  const registry = parseEcrHost(shared.host);
  if (registry === undefined) throw new Error('the account has a registry');
  const location = { registry, repository: 'payroll/towpath' };
  return { scene, location, session: sessionOf(scene) };
}

function entry(number: number, change: Partial<EnvironmentEntry> = {}): EnvironmentEntry {
  return {
    schemaVersion: 1,
    environment: 'prod',
    number,
    kind: 'promotion',
    version: `1.0.${number}`,
    when: '2026-01-31T12:00:00.000Z',
    source: {},
    images: [
      { name: 'web', repository: 'payroll/web', digest: digestOf(`web ${number}`), version: `1.0.${number}` },
    ],
    ...change,
  };
}

/** Writes entries up to a number as a promotion would; only the manifests, because reading needs no blobs. */
async function write({ location, session }: Desk, entries: readonly EnvironmentEntry[]): Promise<void> {
  for (const one of entries) expect(await writeEnvironmentEntry(location, one, session)).toBe('put');
}

/** Tags a document under another tag than its own. */
async function mistag({ location, session }: Desk, document: EnvironmentEntry, tag: string): Promise<void> {
  await pushArtifact(location, makeArtifact(entryKind, document, document.when), tag, session);
}

async function problems(reading: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await reading.catch((reason: unknown) => reason);
  if (!(error instanceof CodedError)) throw new Error('the reading succeeds');
  return error.problems.map(({ code, message }) => `${code}: ${message}`);
}

const range = (length: number) => Array.from({ length }, (_, index) => index + 1);

describe('the entries of an environment', () => {
  test.each([0, 1, 2, 3, 4, 5, 7, 8, 9, 31])(
    'are found in at most two calls if there are %i',
    async (count) => {
      const one = await desk();
      await write(
        one,
        range(count).map((number) => entry(number)),
      );
      one.scene.emulator.clearRequests();
      const histories = await readHistories(one.session, one.location, { environments: ['prod', 'test'] });
      expect(histories?.get('prod')?.map(({ number }) => number)).toEqual(count === 0 ? [] : [count]);
      expect(histories?.get('test')).toEqual([]);
      const calls = one.scene.emulator.requests.map(({ operation }) => operation);
      expect(new Set(calls)).toEqual(new Set(['ecr:BatchGetImage']));
      expect(calls.length).toBeLessThanOrEqual(2);
    },
  );

  test('are found in three calls above 127', async () => {
    const one = await desk();
    await write(
      one,
      range(133).map((number) => entry(number)),
    );
    one.scene.emulator.clearRequests();
    const histories = await readHistories(one.session, one.location, { environments: ['prod'], last: 2 });
    expect(histories?.get('prod')?.map(({ number }) => number)).toEqual([133, 132]);
    expect(one.scene.emulator.requests).toHaveLength(3);
  });

  test('are read back as written, the newest first', async () => {
    const one = await desk();
    await write(
      one,
      range(6).map((number) => entry(number)),
    );
    const history = await readHistory(one.session, one.location, 'prod', { last: 4 });
    expect(history).toEqual([6, 5, 4, 3].map((number) => entry(number)));
    expect(await readHistory(one.session, one.location, 'prod', { last: 1e9 })).toHaveLength(6);
  });

  test('are undefined without a ledger', async () => {
    const { session, location } = await desk();
    const elsewhere = { ...location, repository: 'other/towpath' };
    expect(await readHistory(session, elsewhere, 'prod')).toBeUndefined();
    expect(await readHistories(session, elsewhere, { environments: [] })).toBeUndefined();
  });

  test('are not read from a ledger whose tags can change', async () => {
    const one = await desk('MUTABLE');
    expect(await problems(readHistory(one.session, one.location, 'prod'))).toEqual([
      expect.stringMatching(/^ledger-mutable: /),
    ]);
  });

  test('are an error if the role may not read them', async () => {
    const one = await desk();
    one.scene.emulator.addFault({ kind: 'exception', exception: 'AccessDeniedException', nth: 1 });
    expect(await problems(readHistory(one.session, one.location, 'prod'))).toEqual([
      expect.stringMatching(/^access-denied: The ledger /),
    ]);
  });
});

describe('writing an entry', () => {
  test('gives a number to only one of ten runs', async () => {
    const one = await desk();
    const written = range(10).map((run) =>
      writeEnvironmentEntry(one.location, entry(1, { run: `https://ci/${run}` }), one.session),
    );
    const results = await Promise.all(written);
    expect(results.filter((result) => result === 'put')).toHaveLength(1);
    expect(results.filter((result) => result === 'taken')).toHaveLength(9);
  });

  test('is repeated if the answer was lost', async () => {
    const one = await desk();
    await write(one, [entry(1)]);
    expect(await writeEnvironmentEntry(one.location, entry(1), one.session)).toBe('put');
  });
});

describe('an entry is rejected', () => {
  const image = { name: 'web', digest: digestOf('web'), version: '1.0.0' };
  test.each<{ name: string; document: EnvironmentEntry; says: RegExp }>([
    {
      name: 'of another environment',
      document: entry(1, { environment: 'test' }),
      says: /prod\.1 belongs to the environment test, not to prod/,
    },
    { name: 'with another number', document: entry(2), says: /prod\.1 is entry 2, not entry 1/ },
    { name: 'with a huge number', document: entry(2 ** 20), says: /is entry 1048576, not entry 1/ },
    {
      name: 'that restores itself',
      document: entry(1, { kind: 'rollback', restores: 1 }),
      says: /restores entry 1, which is not an earlier entry/,
    },
    {
      name: 'with a repository outside of the prefix',
      document: entry(1, { images: [{ ...image, repository: 'secret/web' }] }),
      says: /image web is in the repository secret\/web/,
    },
    {
      name: 'with a repository whose name only begins like the prefix',
      document: entry(1, { images: [{ ...image, repository: 'payroll-2/web' }] }),
      says: /payroll-2\/web/,
    },
    {
      name: 'with the ledger as a repository',
      document: entry(1, { images: [{ ...image, repository: 'payroll/towpath' }] }),
      says: /payroll\/towpath, which is neither/,
    },
  ])('$name', async ({ document, says }) => {
    const one = await desk();
    await mistag(one, document, 'prod.1');
    const found = await problems(readHistory(one.session, one.location, 'prod'));
    expect(found).toEqual([expect.stringMatching(says)]);
    expect(found[0]).toMatch(/^entry-invalid: /);
  });

  test.each([
    { missing: 5, count: 7, in: 'the gap between two powers of two' },
    { missing: 2, count: 4, in: 'the powers of two' },
    { missing: 1, count: 1, in: 'the first number' },
  ])('if number $missing is missing before it: $in', async ({ missing, count }) => {
    const one = await desk();
    const numbers = missing === 1 ? [2] : range(count).filter((number) => number !== missing);
    await write(
      one,
      numbers.map((number) => entry(number)),
    );
    expect(await problems(readHistory(one.session, one.location, 'prod'))).toEqual([
      expect.stringMatching(new RegExp(`^entry-invalid: .* but not prod\\.${missing}\\.$`)),
    ]);
  });

  test('if it is not an entry', async () => {
    const one = await desk();
    const release = { ...entry(1), version: 'prod.1', published: entry(1).when };
    const images = release.images.map((image) => ({ ...image, fingerprint: 'f' }));
    await writeRelease(one.location, { ...release, images }, one.session);
    expect(await problems(readHistory(one.session, one.location, 'prod'))).toEqual([
      expect.stringMatching(/^entry-invalid: .*prod\.1 is not a valid entry: the tag names another artifact/),
    ]);
  });

  test.each([{ kind: 'conquest' }, { version: '1.0.0\n::error::1.0.0' }, { version: '<b>1.0.0</b>' }])(
    'before it is written if it does not match its schema: %j',
    async (change) => {
      const { location, session } = await desk();
      const broken = { ...entry(1), ...change } as unknown as EnvironmentEntry;
      expect(await problems(writeEnvironmentEntry(location, broken, session))).toEqual([
        expect.stringMatching(/^entry-invalid: /),
      ]);
    },
  );

  test('but an entry with a number that is never read changes nothing', async () => {
    const one = await desk();
    await write(one, [entry(1)]);
    await mistag(one, entry(1), 'prod.1000000000');
    expect((await readHistory(one.session, one.location, 'prod'))?.[0]?.number).toBe(1);
  });
});

describe('the tags of entries', () => {
  test.each(['prod.3', 'dev.1', 'eu-west.12', 'a.b.1'])('are reserved against the version %s', (version) => {
    expect([isEntryTag(version), isReservedVersion(version)]).toEqual([true, true]);
  });

  test.each(['1.4.0', 'v1.4.0', 'v1.4', '24.04', '1.4.0-rc.1', 'backend-1.4.0', 'abc123', 'prod', 'prod.x'])(
    'leave the version %s free',
    (version) => {
      expect(isReservedVersion(version)).toBe(false);
    },
  );

  test('with digits in the name of the environment are reserved if the configuration has it', () => {
    expect([isReservedVersion('prod2.1'), isReservedVersion('prod2.1', ['prod2'])]).toEqual([false, true]);
    expect(entryTag('prod2', 1)).toBe('prod2.1');
  });
});
