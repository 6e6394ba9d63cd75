import type { Clock } from '../clock.ts';
import { Refusal } from '../refusal.ts';

/** The allowed requests per second of an account in a region, by API action. Other actions have no limit. */
export type QuotaRates = Readonly<Record<string, number>>;

/** The default quotas of an account (ECR service quotas). */
export const defaultQuotas: QuotaRates = {
  'ecr:GetAuthorizationToken': 500,
  'ecr:BatchCheckLayerAvailability': 1000,
  'ecr:BatchGetImage': 2000,
  'ecr:GetDownloadUrlForLayer': 3000,
  'ecr:InitiateLayerUpload': 100,
  'ecr:UploadLayerPart': 500,
  'ecr:CompleteLayerUpload': 100,
  'ecr:PutImage': 10,
  // ECR Public service quotas. For pulls: the quotas of authenticated callers.
  'ecr-public:BatchCheckLayerAvailability': 200,
  'ecr-public:InitiateLayerUpload': 10,
  'ecr-public:UploadLayerPart': 260,
  'ecr-public:CompleteLayerUpload': 10,
  'ecr-public:PutImage': 10,
  'ecr-public:BatchGetImage': 10,
};

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Token buckets for each account, region and action, with the size of one second's quota. */
export class Quotas {
  readonly #rates: QuotaRates;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rates: QuotaRates, clock: Clock) {
    this.#rates = rates;
    this.#clock = clock;
  }

  /** @throws Refusal ThrottlingException */
  take(account: string, region: string, action: string): void {
    const rate = this.#rates[action];
    if (rate === undefined) return;
    const key = `${account}/${region}/${action}`;
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: rate, filledAt: now };
    const tokens = Math.min(rate, bucket.tokens + ((now - bucket.filledAt) / 1000) * rate);
    if (tokens < 1) throw new Refusal('ThrottlingException', 'Rate exceeded');
    this.#buckets.set(key, { tokens: tokens - 1, filledAt: now });
  }
}
