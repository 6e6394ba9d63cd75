import {
  addPullTimeExclusion,
  createPullThroughRule,
  putAccountSetting,
  putCreationTemplate,
  updatePullThroughRule,
  validatePullThroughRule,
  type PrivateEcr,
} from '@towpath/ecr';
import { applyPolicy } from './policy.ts';
import { applyReplication } from './replication.ts';
import { applyScanning } from './scanning.ts';
import type { RegistryChange } from './setting.ts';
import { applySigning } from './signing.ts';

/**
 * Applies a change. Keeps what others have changed since the plan.
 *
 * @returns why the change has no effect, for example because ECR cannot log in to the upstream of a cache
 */
export async function applyRegistryChange(
  change: RegistryChange,
  ecr: PrivateEcr,
): Promise<string | undefined> {
  switch (change.setting) {
    case 'account settings':
      await putAccountSetting(ecr, change.value.name, change.value.value);
      return undefined;
    case 'scanning':
      await applyScanning(ecr, change.value);
      return undefined;
    case 'policy':
      await applyPolicy(ecr, change.value);
      return undefined;
    case 'pull-time exclusions':
      for (const principal of change.value) await addPullTimeExclusion(ecr, principal);
      return undefined;
    case 'templates':
      await putCreationTemplate(ecr, change.value, change.isNew);
      return undefined;
    case 'pull-through': {
      const put = change.isNew ? createPullThroughRule : updatePullThroughRule;
      await put(ecr, change.value);
      const reason = await validatePullThroughRule(ecr, change.value);
      if (reason === undefined) return undefined;
      const { prefix, upstream } = change.value;
      return `The pull-through cache rule ${prefix === '' ? 'ROOT' : prefix} of ${ecr.host} cannot pull from ${upstream}: ${reason}`;
    }
    case 'replication':
      await applyReplication(ecr, change.value);
      return undefined;
    case 'signing':
      await applySigning(ecr, change.value);
      return undefined;
  }
}
