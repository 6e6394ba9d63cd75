import type { Digest } from '@towpath/reference';
import type { PullThroughRule } from '../pull-through/rule.ts';
import type { CreationTemplate } from './creation-template.ts';

/** A rule of the registry's scanning configuration. */
export interface ScanningRule {
  readonly frequency: 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN' | 'MANUAL';
  /** Patterns for repository names, in which `*` matches any characters. */
  readonly filters: readonly string[];
}

/** The settings of a registry. */
export interface RegistrySettings {
  readonly scanning: {
    readonly type: 'BASIC' | 'ENHANCED';
    readonly rules: readonly ScanningRule[];
    /** The time of the last change, in milliseconds since the epoch. */
    readonly since: number;
  };
  /** Account settings by name, e.g. `BLOB_MOUNTING` (ECR API, PutAccountSetting). */
  readonly account: Readonly<Record<string, string>>;
  /** The registry's policy as JSON text, unchanged. */
  readonly policy?: string | undefined;
  /** The replication configuration. */
  readonly replication: ReplicationSettings;
  /** The back-fills, in the order of their start. */
  readonly backfills?: readonly Backfill[];
  /** The rules for signing pushed images (ECR API, PutSigningConfiguration). */
  readonly signing?: readonly SigningRule[] | undefined;
  /** Principals whose pulls do not count (ECR API, RegisterPullTimeUpdateExclusion), sorted. */
  readonly pullTimeExclusions?: readonly string[];
  /** Pull-through cache rules by prefix. */
  readonly pullThrough: Readonly<Record<string, PullThroughRule>>;
  /** Creation templates by prefix. */
  readonly templates: Readonly<Record<string, CreationTemplate>>;
  /** Parameters of the account's SSM Parameter Store in the region, by name. */
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** A replication configuration (ECR API, PutReplicationConfiguration). */
export interface ReplicationSettings {
  readonly rules: {
    readonly destinations: { readonly region: string; readonly registryId: string }[];
    readonly repositoryFilters?: { readonly filter: string; readonly filterType: 'PREFIX_MATCH' }[];
    /** Whether deletions are replicated. */
    readonly deleteReplication?: { readonly enabled: boolean };
  }[];
}

/** A back-fill (ECR API, StartReplicationBackfill). Its state is computed from the images. */
export interface Backfill {
  readonly id: string;
  readonly destination: { readonly region: string; readonly registryId: string };
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly isStopped: boolean;
  readonly images: readonly { readonly repositoryName: string; readonly digest: Digest }[];
}

/** A signing rule. */
export interface SigningRule {
  readonly signingProfileArn: string;
  readonly repositoryFilters?: { readonly filter: string; readonly filterType: 'WILDCARD_MATCH' }[];
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
  scanning: { type: 'BASIC', rules: [], since: 0 },
  account: { BASIC_SCAN_TYPE_VERSION: 'AWS_NATIVE', REGISTRY_POLICY_SCOPE: 'V1', BLOB_MOUNTING: 'DISABLED' },
  replication: { rules: [] },
  pullThrough: {},
  templates: {},
  parameters: {},
};
