import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@towpath/findings';
import { rankedSeverities, severities } from '@towpath/findings/severity';
import { fuzzFactor } from '@towpath/fuzz';
import { reasonsOf, toleratedOf, type ScannedImage } from '@towpath/gate';
import { digestOf } from '@towpath/reference';
import type { GatePolicy } from '@towpath/scan-policy';
import { makeFinding } from '@towpath/testing/finding';
import fc from 'fast-check';
import { filesOf } from './report-files.ts';
import { summarise } from './summary.ts';
import { reachVerdict, type GateVerdict } from './verdict.ts';

type ScanOutcome = ScannedImage['scans'][number];

const now = new Date('2026-06-01T12:00:00Z');
const hour = 3_600_000;
const registry = {
  kind: 'private',
  account: '111122223333',
  region: 'us-east-1',
  host: '111122223333.dkr.ecr.us-east-1.amazonaws.com',
} as const;

const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const words = (...all: readonly string[]) => fc.constantFrom(...all);

const finding: fc.Arbitrary<Finding> = fc
  .record({
    id: words('CVE-2026-1', 'CVE-2026-20', 'GHSA-1'),
    severity: fc.constantFrom(...rankedSeverities),
    rating: maybe(words('odd', 'new')),
    title: maybe(words('a', 'b')),
    fix: fc.record({
      state: fc.constantFrom('fixed', 'none', 'unknown' as const),
      versions: fc.subarray(['1.1', '1.2', '2.0']),
    }),
    package: maybe(
      fc.record({ name: words('openssl', 'zlib'), version: words('1.0', '1.1'), type: words('deb', 'npm') }),
    ),
    firstSeen: maybe(words('2026-05-01', '2026-05-31')),
  })
  .map(makeFinding);

const statuses = [
  ...['COMPLETE', 'ACTIVE', 'FAILED', 'UNSUPPORTED_IMAGE', 'FINDINGS_UNAVAILABLE', 'PENDING', 'IN_PROGRESS'],
  ...['SCAN_ELIGIBILITY_EXPIRED', 'LIMIT_EXCEEDED', 'IMAGE_ARCHIVED', 'ABSENT', 'NEW_STATUS', ''],
];

const scan = fc.record({
  ending: fc.constantFrom('settled', 'timed-out', 'never-scanned', 'reported', 'not-reported' as const),
  status: words(...statuses),
  mode: fc.constantFrom('basic', 'enhanced', 'unknown' as const),
  completedAt: maybe(fc.integer({ min: -50, max: 1 }).map((hours) => new Date(now.getTime() + hours * hour))),
  findings: fc.array(finding, { maxLength: 4 }),
});

const images: fc.Arbitrary<readonly ScannedImage[]> = fc
  .array(
    fc.record({
      scans: fc.array(scan, { maxLength: 3 }),
      doubts: fc.subarray(['a manifest is missing']),
      skipped: fc.constant([]),
    }),
    { maxLength: 3 },
  )
  .map((all) =>
    all.map(({ scans, ...image }, index): ScannedImage => {
      const name = `image-${index}`;
      const location = { registry, repository: name };
      const outcomes = scans.map(({ ending, status, mode, completedAt, findings }, at): ScanOutcome => {
        const digest = digestOf(`${name} ${at}`);
        const common = { image: name, platform: `linux/cpu${at}`, digest, config: digest, indexes: [] };
        const subject = { ...common, location, mode };
        return { ending, subject, scan: { status, description: '', findings, completedAt }, timeout: 1000 };
      });
      return { ...image, name, location, digest: digestOf(name), collectedAt: now, scans: outcomes };
    }),
  );

const policy: fc.Arbitrary<GatePolicy> = fc.record({
  failOn: fc.constantFrom(...severities, 'none' as const),
  max: maybe(fc.constant({ low: 1 })),
  grace: maybe(fc.constant({ high: 10, critical: 40 })),
  onlyFixable: maybe(fc.boolean()),
  onUnsupported: maybe(fc.constantFrom('fail', 'warn', 'report' as const)),
  maxAge: maybe(fc.constantFrom(0, 10 * hour, 100 * hour)),
  ignores: maybe(
    fc.constant([{ id: 'CVE-2026-20', reason: 'r', owner: 'o', expires: '2026-12-31', whenFixed: 'keep' }]),
  ),
});

const missing = { code: 'gate-unknown', message: 'an image is missing' } as const;
const unjudged = fc.subarray([missing]);

function reach(found: readonly ScannedImage[], by: GatePolicy, absent: readonly (typeof missing)[] = []) {
  const facts = { images: found, absent: [], unjudged: absent, notices: [], warnings: [], lines: {} };
  return reachVerdict(facts, { policy: by, reportOnly: false, isComplete: true });
}

/** Whether the findings of a scan are all that there are, by the rules of ECR and not by our code. */
function isJudgeable(
  { ending, subject, scan: one }: ScanOutcome,
  { maxAge = Infinity }: GatePolicy,
): boolean {
  if (subject.location === undefined || ending === 'reported') return ending === 'reported';
  const age = one.completedAt === undefined ? Infinity : now.getTime() - one.completedAt.getTime();
  const isFresh = maxAge === Infinity || one.status === 'ACTIVE' || age <= maxAge;
  return ending === 'settled' && ['COMPLETE', 'ACTIVE'].includes(one.status) && isFresh;
}

describe('for any images, scans and policies,', () => {
  test('what could not be judged never passes', () => {
    fc.assert(
      fc.property(images, policy, unjudged, (found, by, absent) => {
        const { verdict, images: judged, reasons } = reach(found, by, absent);
        const doubtful = found.map(
          ({ scans, doubts }) =>
            scans.length === 0 || doubts.length > 0 || scans.some((one) => !isJudgeable(one, by)),
        );
        judged.forEach((image, index) => {
          if (doubtful[index] === true) expect(image.verdict).not.toBe('pass');
          image.subjects.forEach((subject, at) => {
            const outcome = found[index]?.scans[at];
            if (outcome !== undefined && !isJudgeable(outcome, by)) expect(subject.verdict).not.toBe('pass');
          });
        });
        if (doubtful.includes(true) || absent.length > 0 || found.length === 0)
          expect(verdict).not.toBe('pass');
        // Only an image that ECR cannot scan may be delivered without a verdict, if the policy says so.
        const unknown = judged.flatMap(({ subjects }) =>
          subjects.filter((one) => one.verdict === 'unknown' && one.status !== 'UNSUPPORTED_IMAGE'),
        );
        if (unknown.length + absent.length > 0 || found.length === 0) expect(reasons).not.toEqual([]);
        if (by.onUnsupported === undefined) expect(judged.flatMap(toleratedOf)).toEqual([]);
      }),
      { numRuns: 400 * fuzzFactor },
    );
  });

  test('an image has a reason to fail exactly if it may not be delivered', () => {
    fc.assert(
      fc.property(images, policy, (found, by) => {
        for (const image of reach(found, by).images) {
          const isTolerated = image.subjects.every((one) => one.verdict === 'pass' || one.tolerated);
          const isDeliverable = image.doubts.length === 0 && isTolerated;
          if (image.subjects.length > 0) expect(reasonsOf(image).length === 0).toBe(isDeliverable);
        }
      }),
      { numRuns: 200 * fuzzFactor },
    );
  });

  test('the order of the findings changes no byte of the verdict, the summary and the files', () => {
    const shuffled = fc.gen();
    fc.assert(
      fc.property(images, policy, shuffled, (found, by, gen) => {
        const turned = found.map((image) => ({
          ...image,
          scans: image.scans.map((one) => {
            const { findings } = one.scan;
            const order = gen(() => fc.shuffledSubarray([...findings], { minLength: findings.length }));
            return { ...one, scan: { ...one.scan, findings: order } };
          }),
        }));
        expect(written(reach(turned, by))).toEqual(written(reach(found, by)));
      }),
      { numRuns: 150 * fuzzFactor },
    );
  });
});

/** Returns everything that a step writes about a verdict. */
function written(judged: GateVerdict): readonly string[] {
  const paths = { sarifOut: 'a.sarif', reportOut: 'a.json', junitOut: 'a.xml' };
  const files = [...filesOf(judged, paths)].map(({ content }) => [...content].join(''));
  return [
    JSON.stringify(judged),
    ...[900_000, 2_000].map((max) => summarise(judged, max).toString()),
    ...files,
  ];
}
