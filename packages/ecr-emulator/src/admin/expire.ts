import type { Ecr } from '../ecr.ts';
import { applyLifecyclePolicy } from '../lifecycle/apply.ts';
import type { LifecycleResult } from '../lifecycle/result.ts';

/** The lifecycle policies to evaluate, and the time. Default: all policies, now. */
export interface Expiry {
  readonly account?: string;
  readonly region?: string;
  readonly repository?: string;
  /** The time in ISO 8601. Default: the emulator's time. */
  readonly at?: string;
}

/** The expired and archived images of one repository. */
export interface Expired {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  readonly results: readonly LifecycleResult[];
}

/** Evaluates lifecycle policies and applies their actions. */
export async function expire(ecr: Ecr, { account, region, repository, at }: Expiry = {}): Promise<Expired[]> {
  const now = at === undefined ? ecr.clock.now() : Date.parse(at);
  if (Number.isNaN(now)) throw new SyntaxError(`at: ${at ?? ''} is not a valid time`);
  const expired: Expired[] = [];
  for (const registry of ecr.registries) {
    if ((account ?? registry.account) !== registry.account || (region ?? registry.region) !== registry.region)
      continue;
    for (const one of registry.repositories) {
      if ((repository ?? one.name) !== one.name) continue;
      const results = await applyLifecyclePolicy(one, now);
      const gone = results.filter(({ action }) => action === 'expire');
      await ecr.replicator.deleted(
        registry,
        one.name,
        gone.map(({ digest }) => ({ imageDigest: digest })),
      );
      if (results.length > 0) {
        expired.push({ account: registry.account, region: registry.region, repository: one.name, results });
      }
    }
  }
  return expired;
}
