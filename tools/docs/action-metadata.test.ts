import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { readActions } from './action-metadata.ts';

/** The part of an action that this test reads: the inputs in its code. */
interface Inputs {
  readonly inputs: {
    readonly names: readonly string[];
    readonly read: (given: Record<string, string>) => object;
  };
}

const actions = await readActions();

test('every action has its own position in the docs', () => {
  expect(actions.map(({ folder }) => folder).sort()).toEqual(readdirSync('actions').sort());
  expect(new Set(actions.map(({ order }) => order)).size).toBe(actions.length);
});

describe.each(actions)('$folder', ({ folder, inputs, outputs, runs }) => {
  const code = import(resolve('actions', folder, 'src/inputs.ts')) as Promise<Inputs>;
  const required = Object.entries(inputs).filter(([, input]) => input.required === true);
  const sample = Object.fromEntries(required.map(([name]) => [name, 'sample']));

  test('describes exactly the inputs that its code reads', async () => {
    expect(Object.keys(inputs).sort()).toEqual([...(await code).inputs.names].sort());
  });

  test('has the same defaults as its code', async () => {
    const defaults = Object.entries(inputs).flatMap(([name, input]) =>
      input.default === undefined ? [] : [[name, input.default] as const],
    );
    const { read } = (await code).inputs;
    expect(read({ ...sample, ...Object.fromEntries(defaults) })).toEqual(read(sample));
  });

  test('requires the same inputs as its code', async () => {
    const reading = (await code).inputs.read({}) as { problems?: { message: string }[] };
    const missing = (reading.problems ?? []).map(
      ({ message }) => /^Input (\S+) is required/.exec(message)?.[1],
    );
    expect(missing.sort()).toEqual(required.map(([name]) => name).sort());
  });

  test('has the outputs failure-reason and problems', () => {
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining(['failure-reason', 'problems']));
  });

  test('starts its bundle on node24', () => {
    expect(runs).toMatchObject({ using: 'node24', main: 'dist/index.js' });
    expect(['dist/index.js', undefined]).toContain(runs.post);
    expect(existsSync(resolve('actions', folder, 'src/main.ts'))).toBe(true);
  });
});
