import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { provisioning, scenario, writesOf } from './harness/team.ts';

/** Few names, so that the settings of a second configuration meet those of the first. */
const patterns = fc.uniqueArray(fc.constantFrom('latest', 'dev', 'v*', 'nightly-*', '*-rc*'), {
  maxLength: 5,
});
const days = fc.integer({ min: 1, max: 30 }).map((count) => `${count}d`);
const expiry = fc.oneof(
  days,
  fc.integer({ min: 1, max: 9 }).map((count) => `keep ${count}`),
);
const selection = fc.oneof(
  fc.record({
    tagStatus: fc.constant('tagged'),
    tagPrefixList: fc.constantFrom(['gitpr_'], ['gitsha_'], ['old']),
    countType: fc.constant('sinceImagePushed'),
    countUnit: fc.constant('days'),
    countNumber: fc.integer({ min: 1, max: 99 }),
  }),
  fc.record({
    tagStatus: fc.constantFrom('untagged', 'any'),
    countType: fc.constant('imageCountMoreThan'),
    countNumber: fc.integer({ min: 1, max: 99 }),
  }),
);
const lifecycle = fc.oneof(
  fc.constant('none'),
  fc.record(
    {
      keep: fc.integer({ min: 1, max: 50 }),
      expire: fc.dictionary(fc.constantFrom('gitsha_', 'gitpr_', 'pr-*-x', 'untagged'), expiry, {
        maxKeys: 4,
      }),
      environments: fc.dictionary(fc.constantFrom('dev', 'test'), fc.integer({ min: 1, max: 60 }), {
        maxKeys: 2,
      }),
      archive: fc.constantFrom({ after: '30d' }, { after: '60d', delete: '90d' }),
    },
    { requiredKeys: ['expire'] },
  ),
  selection.map((one) => ({ rules: [{ selection: one, action: { type: 'expire' } }] })),
);
const account = fc.constantFrom('444455556666', '111122223333', '000011112222');
const readers = fc.record(
  {
    accounts: fc.uniqueArray(account),
    organization: fc.constantFrom('o-a1b2c3d4e5', 'o-zzzzzzzzzz'),
    roles: fc.uniqueArray(account.map((id) => `arn:aws:iam::${id}:role/ecs/execution`)),
    lambda: fc.uniqueArray(
      fc.oneof(
        account,
        account.map((id) => `arn:aws:lambda:us-east-1:${id}:function:f-*`),
      ),
    ),
  },
  { requiredKeys: [] },
);
/** Values with what YAML, JSON and AWS treat differently. */
const resourceTags = fc.dictionary(
  fc.constantFrom('team', 'a:b/c', 'Über uns', 'constructor'),
  fc.constantFrom('', 'payroll', '0123', 'a "b" \\c', 'null', 'ü=@'),
);
const encryption = fc.constantFrom('AES256', 'KMS', 'arn:aws:kms:us-east-1:111122223333:key/1');
const settings = fc.record(
  {
    immutability: fc.constantFrom('immutable', 'mutable'),
    except: patterns,
    'scan-on-push': fc.boolean(),
    encryption,
    lifecycle,
    readers,
    tags: resourceTags,
    'remove-tags': fc.uniqueArray(fc.constantFrom('team', 'a:b/c', 'gone')),
  },
  { requiredKeys: [] },
);
const repositories = fc
  .tuple(
    settings,
    fc.dictionary(fc.constantFrom('web', 'job'), settings, { maxKeys: 2 }),
    fc.dictionary(fc.constant('prod'), settings, { maxKeys: 1 }),
    fc.boolean(),
  )
  .map(([common, images, environments, mounts]) => ({
    ...common,
    images,
    environments,
    registry: { 'blob-mounting': mounts },
  }));

const configuration = (repositories: object, isMoving: boolean) =>
  JSON.stringify({
    registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll',
    tags: ['build-{version}', ...(isMoving ? ['latest'] : [])],
    images: { web: {}, job: { repository: 'payroll/batch/job' } },
    environments: {
      dev: { from: 'build', tags: ['{environment}-{version}', ...(isMoving ? ['{environment}'] : [])] },
      test: { from: 'dev' },
      prod: {
        from: 'test',
        registry: '444455556666.dkr.ecr.us-east-1.amazonaws.com',
        role: 'arn:aws:iam::444455556666:role/provision',
      },
    },
    repositories,
  });

/** With tags that move, most configurations contradict themselves. */
const isMoving = fc.constantFrom(false, false, false, true);

test('whatever the configurations, a second run after apply changes nothing', async () => {
  let applied = 0;
  await fc.assert(
    fc.asyncProperty(
      isMoving,
      fc.array(repositories, { minLength: 1, maxLength: 3 }),
      async (moves, steps) => {
        const scene = await scenario();
        for (const step of steps) {
          const config = configuration(step, moves);
          const first = await provisioning(scene, '', { config });
          if (!first.green) {
            expect([...new Set(first.codes)]).toEqual(['config-invalid']);
            expect(writesOf(first)).toEqual([]);
            continue;
          }
          applied += 1;
          const second = await provisioning(scene, '', { config });
          expect(second).toMatchObject({ green: true, outputs: { changed: 'false' } });
          expect(writesOf(second)).toEqual([]);
        }
      },
    ),
    { numRuns: 20 },
  );
  expect(applied).toBeGreaterThan(10);
}, 120_000);
