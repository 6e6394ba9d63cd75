import type { Config, EnvironmentConfig } from '@towpath/config';
import type { GatePolicy } from '@towpath/scan-policy';
import type { GateInputs } from './inputs.ts';

/**
 * Returns the policy of a step: that of the target environment or of the file, with the keys that inputs replace.
 *
 * @param target undefined: the policy of the file applies
 */
export function policyOf(
  { failOn, onUnsupported, maxAge }: GateInputs,
  { gate }: Pick<Config, 'gate'>,
  target: EnvironmentConfig | undefined,
): GatePolicy {
  const own = target?.gate;
  return {
    ...(own === undefined || own === 'off' ? gate : own),
    ...(failOn !== undefined && { failOn }),
    ...(onUnsupported !== undefined && { onUnsupported }),
    ...(maxAge !== undefined && { maxAge }),
  };
}
