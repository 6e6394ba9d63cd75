import type { Ecr } from '../ecr.ts';
import { applyLifecyclePolicy } from '../lifecycle/apply.ts';
import type { LifecycleResult } from '../lifecycle/evaluate.ts';

/** What lifecycle policies are evaluated, and when: everything now, where nothing is said. */
export interface Expiry {
  readonly account?: string;
  readonly region?: string;
  readonly repository?: string;
  /** ISO 8601; by default the emulator's time. */
  readonly at?: string;
}

/** What was done in a repository. */
export interface Expired {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  readonly results: readonly LifecycleResult[];
}

/** Evaluates lifecycle policies and does what they say. */
export async function expire(ecr: Ecr, { account, region, repository, at }: Expiry = {}): Promise<Expired[]> {
  const now = at === undefined ? ecr.clock.now() : Date.parse(at);
  if (Number.isNaN(now)) throw new SyntaxError(`at: ${at ?? ''} is no time`);
  const expired: Expired[] = [];
  for (const registry of ecr.registries) {
    if ((account ?? registry.account) !== registry.account || (region ?? registry.region) !== registry.region)
      continue;
    for (const one of registry.repositories) {
      if ((repository ?? one.name) !== one.name) continue;
      const results = await applyLifecyclePolicy(one, now);
      if (results.length > 0) {
        expired.push({ account: registry.account, region: registry.region, repository: one.name, results });
      }
    }
  }
  return expired;
}
