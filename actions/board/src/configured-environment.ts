import type { EnvironmentConfig } from '@towpath/config';
import type { GatePolicy } from '@towpath/scan-policy';

/** An environment of the configuration. */
export interface ConfiguredEnvironment extends Pick<EnvironmentConfig, 'name' | 'from' | 'soak' | 'tags'> {
  /** The label of the ledger that has its entries. */
  readonly ledger: string;
  /** The policy of the environment. */
  readonly gate: GatePolicy | 'off';
  /** The number of images in the configuration. */
  readonly imageCount: number;
}
