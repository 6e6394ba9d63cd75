import type { Finding } from '@towpath/findings';
import type { JudgedImage, JudgedSubject } from '@towpath/gate';
import { parseDigest } from '@towpath/reference';
import { defaultPolicy, judge, type Judgement, type Verdict } from '@towpath/scan-policy';
import { makeFinding } from '@towpath/testing/finding';
import type { Judged } from '../summary.ts';

/** Returns a finding of openssl with a fix. */
export function finding(id: string, more: Partial<Finding> = {}): Finding {
  return makeFinding({
    id,
    package: { name: 'openssl', version: '3.0.1', type: 'deb' },
    fix: { state: 'fixed', versions: ['3.0.2-1'] },
    source: 'ecr-basic',
    ...more,
  });
}

const { counts: noCounts } = judge([], defaultPolicy, { now: new Date(0) });

/** Returns the judgement of an image on one platform. */
export function subject(
  image: string,
  judgement: Partial<Judgement> = {},
  more: Partial<JudgedSubject> = {},
): JudgedSubject {
  const verdict = (judgement.violations ?? []).length > 0 ? 'fail' : 'pass';
  return {
    image,
    platform: 'linux/amd64',
    digest: parseDigest(`sha256:${'ab'.repeat(32)}`),
    config: parseDigest(`sha256:${'cd'.repeat(32)}`),
    indexes: [],
    location: {
      registry: {
        kind: 'private',
        account: '111122223333',
        region: 'us-east-1',
        host: '111122223333.dkr.ecr.us-east-1.amazonaws.com',
      },
      repository: `shop/${image}`,
    },
    mode: 'basic',
    status: 'COMPLETE',
    verdict,
    judgement: {
      verdict,
      violations: [],
      accepted: [],
      deferred: [],
      known: [],
      allowed: [],
      counts: noCounts,
      staleIgnores: [],
      notes: [],
      ...judgement,
    },
    ...more,
  };
}

/** Returns the report of images with these subjects. */
export function judged(subjects: readonly JudgedSubject[], more: Partial<Judged> = {}): Judged {
  const images = [...Map.groupBy(subjects, ({ image }) => image)].flatMap(([name, own]): JudgedImage[] => {
    const [first] = own;
    if (first === undefined) return [];
    const { location, digest } = first;
    return [{ name, location, digest, verdict: worst(own), subjects: own, skipped: [], doubts: [] }];
  });
  return {
    verdict: worst(subjects),
    images,
    policy: { failOn: 'critical' },
    reportOnly: false,
    unjudged: [],
    staleIgnores: [],
    ...more,
  };
}

function worst(subjects: readonly JudgedSubject[]): Verdict {
  return (
    (['fail', 'unknown'] as const).find((verdict) => subjects.some((one) => one.verdict === verdict)) ??
    'pass'
  );
}
