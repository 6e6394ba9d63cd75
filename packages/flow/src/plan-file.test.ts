import { describe, expect, test } from '@jest/globals';
import type { FakeRuntime } from '@towpath/testing/fake-runtime';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failing, run } from './harness/tow.ts';
import { planFileSchema } from './plan-schema.ts';

describe('a run with plan-out', () => {
  const given = { version: '1.0.0', 'plan-out': 'plans/tow.json', 'build-args': 'TOKEN=s3cret' };
  const written = ({ workspace }: FakeRuntime) =>
    planFileSchema.parse(JSON.parse(readFileSync(join(workspace, 'plans/tow.json'), 'utf8')));

  test('writes the plan and the facts it is based on, but no secrets', async () => {
    const { green, runtime } = await run({}, { given });
    expect(green).toBe(true);
    expect(written(runtime)).toEqual({
      schemaVersion: 1,
      action: 'tow',
      created: '2026-01-31T12:00:00.000Z',
      computedFrom: {
        inputs: { version: '1.0.0', 'plan-out': 'plans/tow.json' },
        facts: expect.stringMatching(/^sha256:/) as unknown,
      },
      steps: [
        { what: 'tow barge 1.0.0 a', why: 'it is not there' },
        { what: 'tow barge 1.0.0 b', why: 'it is not there' },
      ],
      plan: ['barge 1.0.0 a', 'barge 1.0.0 b'],
    });
  });

  test('also writes it with dry-run, and before anything is executed', async () => {
    const { runtime } = await run({}, { given: { ...given, 'dry-run': 'true' } });
    expect(written(runtime).action).toBe('tow');
    const failed = await run(failing(new Error('broken')), { given });
    expect(written(failed.runtime).action).toBe('tow');
  });

  test('changes the digest if the facts change, but not if they are read at another time', async () => {
    const digest = async (facts: unknown) => {
      const { runtime } = await run({ facts: () => Promise.resolve(facts as string) }, { given });
      return written(runtime).computedFrom.facts;
    };
    const one = await digest({ tags: new Map([['a', 1]]), read: new Date(1) });
    expect(await digest({ read: new Date(2), tags: new Map([['a', 1]]) })).toBe(one);
    expect(await digest({ tags: new Map([['a', 2]]), read: new Date(1) })).not.toBe(one);
  });

  test.each(['../tow.json', '/tmp/tow.json', '.git/tow.json'])(
    'rejects %s before it reads anything',
    async (path) => {
      const facts = () => Promise.reject(new Error('facts were read'));
      const { runtime } = await run({ facts }, { given: { ...given, 'plan-out': path } });
      expect(runtime.outputs['failure-reason']).toMatch(/^(?:input|config)-invalid$/);
    },
  );
});
