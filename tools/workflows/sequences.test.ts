import { expect, test } from '@jest/globals';
import { board } from '@towpath/action-board';
import { promote } from '@towpath/action-promote';
import type { Board } from '@towpath/board';
import { readHistory, type History } from '@towpath/ledger';
import { parseEcrHost } from '@towpath/reference';
import type { Account } from '@towpath/stage';
import { scenario, sessionOf, type Ending, type Scenario } from '@towpath/testing';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';

/**
 * Random sequences of publications, promotions, failures, races and rollbacks. With `TOWPATH_FAULTS=all` they are more
 * and longer.
 */
const [numRuns, maxLength] = process.env.TOWPATH_FAULTS === 'all' ? [60, 24] : [6, 9];

const path = ['dev', 'test', 'prod'] as const;
type Target = (typeof path)[number];

const names = ['backend', 'web'];
const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: { platforms: [linux/amd64, linux/arm64] }
environments:
  dev: { from: build, tags: ['{environment}-{version}', '{environment}'] }
  test: { from: dev, tags: ['{environment}-{version}', '{environment}'] }
  prod: { from: test, tags: ['{environment}-{version}', '{environment}'] }
`;

/** Creates the repositories of a team. The tag of an environment moves, so those of images are mutable. */
async function createRepositories(account: Account): Promise<void> {
  for (const name of names) await account.createRepository(`payroll/${name}`, 'MUTABLE');
  await account.createRepository('payroll/towpath');
}

type Step =
  | { readonly kind: 'publish' }
  | {
      readonly kind: 'promote' | 'race';
      readonly target: Target;
      readonly back: number;
      readonly only: boolean;
    }
  | { readonly kind: 'fault'; readonly target: Target; readonly nth: number; readonly refused: boolean }
  | { readonly kind: 'rollback'; readonly target: Target; readonly back: number }
  | { readonly kind: 'older'; readonly target: Target; readonly back: number }
  | { readonly kind: 'current'; readonly target: Exclude<Target, 'dev'> };

const target = fc.constantFrom(...path);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('publish' as const) }),
  fc.record({
    kind: fc.constantFrom('promote' as const, 'promote' as const, 'race' as const),
    target,
    back: fc.nat(1),
    only: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('fault' as const),
    target,
    nth: fc.integer({ min: 1, max: 40 }),
    refused: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('rollback' as const, 'rollback' as const, 'older' as const),
    target,
    back: fc.nat(3),
  }),
  fc.record({
    kind: fc.constant('current' as const),
    target: fc.constantFrom('test' as const, 'prod' as const),
  }),
);

class Team {
  readonly scene: Scenario;
  /** Whether production is in an account of its own. */
  readonly #isApart: boolean;
  readonly #files: Record<string, string>;
  #versions = 0;
  #runs = 0;

  private constructor(scene: Scenario, isApart: boolean) {
    this.scene = scene;
    this.#isApart = isApart;
    const yaml = isApart
      ? config.replace('prod: { from: test,', `prod: { from: test, registry: ${scene.prod.host},`)
      : config;
    this.#files = { 'towpath.yaml': yaml };
  }

  static async create(isApart: boolean): Promise<Team> {
    const scene = await scenario();
    await createRepositories(scene.shared);
    if (isApart) {
      await createRepositories(scene.prod);
      const Principal = { AWS: `arn:aws:iam::${scene.shared.id}:root` };
      const policy = { Statement: [{ Effect: 'Allow', Principal, Action: 'ecr:*' }] };
      for (const name of [...names, 'towpath']) await scene.prod.setPolicy(`payroll/${name}`, policy);
    }
    return new Team(scene, isApart);
  }

  account(environment: Target): Account {
    return this.#isApart && environment === 'prod' ? this.scene.prod : this.scene.shared;
  }

  /** Returns the entries of an environment, the newest first. */
  async entries(environment: Target): Promise<History> {
    const account = this.account(environment);
    const registry = parseEcrHost(account.host);
    if (registry === undefined) throw new Error('the account has a registry');
    const location = { registry, repository: 'payroll/towpath' };
    return (await readHistory(sessionOf(this.scene, account), location, environment, { last: 100 })) ?? [];
  }

  async publish(): Promise<void> {
    this.#versions += 1;
    const version = `1.${this.#versions}.0`;
    await this.scene.release(version, 'payroll/towpath', {
      'payroll/backend': { name: 'backend', content: `backend ${version}` },
      'payroll/web': {
        ...{ name: 'web', content: `web ${version}` },
        platforms: ['linux/amd64', 'linux/arm64'],
      },
    });
  }

  change(environment: Target, given: Record<string, string>): Promise<Ending> {
    this.#runs += 1;
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/payroll',
      GITHUB_RUN_ID: String(this.#runs),
      GITHUB_SHA: 'c'.repeat(40),
    };
    return this.scene.play(promote, {
      files: this.#files,
      env,
      given: { 'target-environment': environment, ...given },
    });
  }

  version(back = 0): string {
    return `1.${Math.max(1, this.#versions - back)}.0`;
  }

  async take(one: Step): Promise<void> {
    if (one.kind === 'publish') return this.publish();
    if (one.kind === 'rollback' || one.kind === 'older' || one.kind === 'current')
      return this.#check(one.target, [await this.change(one.target, this.#inputs(one))]);
    if (one.kind === 'fault') {
      const { nth, refused } = one;
      this.scene.emulator.addFault(
        refused ? { kind: 'exception', exception: 'AccessDeniedException', nth } : { kind: 'reset', nth },
      );
      await this.change(one.target, { version: this.version() });
      this.scene.emulator.clearFaults();
      return this.#check(one.target, []);
    }
    const given = { version: this.version(one.back), ...(one.only && { only: 'web' }) };
    const other = { version: this.version() };
    const all = one.kind === 'race' ? [given, other] : [given];
    return this.#check(one.target, await Promise.all(all.map((each) => this.change(one.target, each))));
  }

  #inputs(one: Extract<Step, { readonly kind: 'rollback' | 'older' | 'current' }>): Record<string, string> {
    if (one.kind === 'current') return { version: 'current' };
    const version = this.version(one.back);
    if (one.kind === 'older') return { version, 'allow-older': 'true' };
    return { rollback: 'true', ...(one.back > 1 && { version }) };
  }

  /** Checks what must hold after every step. */
  async #check(changed: Target, endings: readonly Ending[]): Promise<void> {
    for (const { codes } of endings) expect(codes).not.toContain('internal-error');
    for (const [index, environment] of path.entries()) {
      const history = await this.entries(environment);
      expect(history.map(({ number }) => number)).toEqual(history.map((_, at) => history.length - at));
      const before = path[index - 1];
      const source = before === undefined ? undefined : await this.entries(before);
      const known = source && new Set(source.flatMap(({ images }) => images.map(({ digest }) => digest)));
      for (const { images } of history)
        for (const { repository, digest } of images) {
          expect(await this.account(environment).digests(repository)).toContain(digest);
          if (known !== undefined) expect([environment, ...known]).toContain(digest);
        }
    }
    if (endings.length > 0 && endings.every(({ green }) => green)) await this.expectAgreement(changed);
  }

  /** Expects that the moving tag of the environment names what its newest entry lists. */
  async expectAgreement(environment: Target): Promise<void> {
    const [newest] = await this.entries(environment);
    for (const { name, repository, digest } of newest?.images ?? [])
      expect([environment, name, await this.account(environment).digestOf(repository, environment)]).toEqual([
        environment,
        name,
        digest,
      ]);
  }

  /** Expects that the board shows the newest entries, and that nothing in the registry differs from them. */
  async expectBoard(): Promise<void> {
    const { codes, outputs } = await this.scene.play(board, {
      files: this.#files,
      given: { observe: 'tags' },
    });
    expect(codes).toEqual([]);
    const { groups } = JSON.parse(readFileSync(outputs.board ?? '', 'utf8')) as Board;
    const [group] = groups;
    expect(group?.environments.map(({ name }) => name)).toEqual(path);
    for (const [index, environment] of path.entries()) {
      const { cells = [], history = [] } = group?.environments[index] ?? {};
      const [newest, ...older] = await this.entries(environment);
      expect(history.map(({ number }) => number)).toEqual(
        [newest, ...older].slice(0, 11).map((entry) => entry?.number),
      );
      expect(cells.map(({ image, digest, version }) => [image, digest, version])).toEqual(
        newest?.images.map((image) => [image.name, image.digest, image.version]),
      );
      for (const { image, checks } of cells) {
        const states = checks.map(({ about, state }) => [image, about, state]);
        for (const about of ['image', 'tag']) expect(states).toContainEqual([image, about, 'ok']);
        expect(states.filter(([, , state]) => state === 'drift')).toEqual([]);
      }
    }
    expect(outputs.drift).toBe('0');
  }
}

test('after any sequence every environment has images of its source, and board, tags and entries agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength }), fc.boolean(), async (steps, isApart) => {
      const all = await Team.create(isApart);
      await all.publish();
      for (const one of steps) await all.take(one);
      await all.publish();
      for (const environment of path) {
        expect((await all.change(environment, { version: all.version() })).codes).toEqual([]);
        await all.expectAgreement(environment);
      }
      await all.expectBoard();
      await all.scene.emulator.close();
    }),
    { numRuns, endOnFailure: true },
  );
}, 3_600_000);
