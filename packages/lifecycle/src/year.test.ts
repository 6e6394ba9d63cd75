import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { History } from './harness/history.ts';
import { preset, team } from './harness/presets.ts';
import { lifecycleRules } from './preset.ts';

/** A year of builds, promotions, rollbacks and pull requests, in a random order. */
const event = fc.record({
  what: fc.constantFrom('publish', 'publish', 'pull request', 'promote', 'promote', 'rollback'),
  pick: fc.nat(1000),
  days: fc.integer({ min: 0, max: 7 }),
});

const written = fc.record({
  keep: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  extra: fc.integer({ min: 0, max: 5 }),
  isCounted: fc.boolean(),
  branches: fc.integer({ min: 1, max: 30 }),
  untagged: fc.constantFrom({ days: 1 }, { keep: 5 }),
});

test('in a year of any history, no protected image expires', () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 60, maxLength: 120 }), written, (events, choice) => {
      const isCounted = choice.isCounted && choice.keep !== undefined;
      const count = (choice.keep ?? 1) + choice.extra;
      const made = preset({
        keep: choice.keep,
        expire: { gitsha_: { days: choice.branches }, gitpr_: { days: 7 }, untagged: choice.untagged },
        environments: isCounted ? { dev: count, test: count } : {},
      });
      const { rules, problems } = lifecycleRules(made, team);
      expect(problems).toEqual([]);
      const world = new World(choice.keep ?? Infinity, isCounted ? ['prod'] : ['dev', 'test', 'prod']);
      for (const one of events) {
        world.happen(one.what, one.pick);
        world.history.pass(one.days, rules);
        for (const name of world.protectedImages())
          if (!world.history.has(name)) throw new Error(`${name} expired on day ${world.history.today}`);
      }
    }),
    { numRuns: 40 },
  );
});

const stages = ['dev', 'test', 'prod'] as const;

class World {
  readonly history = new History();
  readonly #published: string[] = [];
  readonly #ran: Record<(typeof stages)[number], string[]> = { dev: [], test: [], prod: [] };
  readonly #keep: number;
  readonly #whole: readonly string[];
  #pullRequests = 0;

  constructor(keep: number, whole: readonly string[]) {
    this.#keep = keep;
    this.#whole = whole;
  }

  happen(what: string, pick: number): void {
    if (what === 'publish') this.#publish();
    else if (what === 'pull request')
      this.history.push(`pr-${(this.#pullRequests += 1)}`, [`gitpr_${pick % 5}`]);
    else this.#promote(stages[pick % 3] ?? 'dev', what === 'rollback', pick);
  }

  #publish(): void {
    const name = `v${this.#published.length}`;
    this.history.push(name, [`build-${name}`, `gitsha_${name}`, `fp-${name}`]);
    this.history.push(`${name}-sbom`, [], name);
    this.#published.push(name);
  }

  #promote(stage: (typeof stages)[number], isRollback: boolean, pick: number): void {
    const before = stages[stages.indexOf(stage) - 1];
    const source = isRollback ? this.#ran[stage] : before === undefined ? this.#published : this.#ran[before];
    const candidates = source.filter((name) => this.history.has(name));
    const name = isRollback ? candidates[pick % (candidates.length || 1)] : candidates.at(-1);
    if (name === undefined) return;
    this.history.tag(name, `${stage}-${name}`, ...(stage === 'prod' ? [] : [stage]));
    this.#ran[stage].push(name);
  }

  /** What runs, what ran last, the last published images, and their attestations. */
  protectedImages(): string[] {
    const names = stages.flatMap((stage) => {
      const sets = this.#ran[stage];
      return this.#whole.includes(stage) ? sets : sets.slice(-1);
    });
    const last = this.#keep === Infinity ? this.#published : this.#published.slice(-this.#keep);
    return [...new Set([...names, ...last])].flatMap((name) => [name, `${name}-sbom`]);
  }
}
