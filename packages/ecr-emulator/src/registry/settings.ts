/** A rule of the registry's scanning configuration. */
export interface ScanningRule {
  readonly frequency: 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN' | 'MANUAL';
  /** Wildcards on repository names. */
  readonly filters: readonly string[];
}

/** What is configured for a registry as a whole. */
export interface RegistrySettings {
  readonly scanning: { readonly type: 'BASIC' | 'ENHANCED'; readonly rules: readonly ScanningRule[] };
  /** Account settings by name, e.g. `BLOB_MOUNTING` (ECR API, PutAccountSetting). */
  readonly account: Readonly<Record<string, string>>;
  /** Parameters of the account's SSM Parameter Store in the region, by name. */
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** An SSM parameter. */
export interface Parameter {
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly value: string;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export const defaultSettings: RegistrySettings = {
  scanning: { type: 'BASIC', rules: [] },
  account: { BLOB_MOUNTING: 'DISABLED' },
  parameters: {},
};
