import { expect, test } from '@jest/globals';
import type { Ending, Scenario } from '@towpath/testing';
import fc from 'fast-check';
import { entries, names, promoting, publish, run, team } from './harness/team.ts';

/** Random sequences of publications, promotions, failures, races and rollbacks. */

const path = ['dev', 'test', 'prod'] as const;
type Target = (typeof path)[number];

type Step =
  | { readonly kind: 'publish' }
  | {
      readonly kind: 'promote' | 'race';
      readonly target: Target;
      readonly back: number;
      readonly only: boolean;
    }
  | { readonly kind: 'fault'; readonly target: Target; readonly nth: number; readonly refused: boolean }
  | { readonly kind: 'rollback'; readonly target: Target };

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
  fc.record({ kind: fc.constant('rollback' as const), target }),
);

class Team {
  readonly scene: Scenario;
  #versions = 0;
  #runs = 0;

  constructor(scene: Scenario) {
    this.scene = scene;
  }

  async publish(): Promise<void> {
    this.#versions += 1;
    await publish(this.scene, `1.${this.#versions}.0`);
  }

  change(environment: Target, given: Record<string, string>): Promise<Ending> {
    this.#runs += 1;
    return promoting(this.scene, environment, given, { env: run(this.#runs) });
  }

  version(back = 0): string {
    return `1.${Math.max(1, this.#versions - back)}.0`;
  }

  async take(one: Step): Promise<void> {
    if (one.kind === 'publish') return this.publish();
    if (one.kind === 'rollback')
      return this.#check(one.target, [await this.change(one.target, { rollback: 'true' })]);
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

  /** Checks what must hold after every step. */
  async #check(changed: Target, endings: readonly Ending[]): Promise<void> {
    for (const { codes } of endings) expect(codes).not.toContain('internal-error');
    for (const [index, environment] of path.entries()) {
      const history = await entries(this.scene, environment);
      expect(history.map(({ number }) => number)).toEqual(history.map((_, at) => history.length - at));
      const before = path[index - 1];
      const source = before === undefined ? undefined : await entries(this.scene, before);
      const known = source && new Set(source.flatMap(({ images }) => images.map(({ digest }) => digest)));
      for (const { images } of history)
        for (const { repository, digest } of images) {
          expect(await this.scene.shared.digests(repository)).toContain(digest);
          if (known !== undefined) expect(known).toContain(digest);
        }
    }
    if (endings.length > 0 && endings.every(({ green }) => green)) await this.expectAgreement(changed);
  }

  /** Expects that the moving tag of the environment names what its newest entry lists. */
  async expectAgreement(environment: Target): Promise<void> {
    const [newest] = await entries(this.scene, environment);
    for (const { name, repository, digest } of newest?.images ?? [])
      expect([environment, name, await this.scene.shared.digestOf(repository, environment)]).toEqual([
        environment,
        name,
        digest,
      ]);
  }
}

test('after any sequence every environment has images of its source, and tags and entries agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 9 }), async (steps) => {
      const all = new Team(await team());
      await all.publish();
      for (const one of steps) await all.take(one);
      await all.publish();
      for (const environment of path) {
        expect((await all.change(environment, { version: all.version() })).codes).toEqual([]);
        await all.expectAgreement(environment);
      }
      expect(names).toHaveLength(2);
      await all.scene.emulator.close();
    }),
    { numRuns: 6, endOnFailure: true },
  );
}, 240_000);
