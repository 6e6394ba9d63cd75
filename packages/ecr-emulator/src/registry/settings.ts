import type { UpstreamRegistry } from '@aws-sdk/client-ecr';
import type { Digest } from '@towpath/reference';
import type { RepositoryRecord } from './record.ts';

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

/** A pull-through cache rule (ECR API, CreatePullThroughCacheRule). */
export interface PullThroughRule {
  /** The namespace of the cache's repositories, or ROOT for all. */
  readonly prefix: string;
  readonly upstreamHost: string;
  readonly upstreamRegistry: UpstreamRegistry;
  /** The namespace upstream, or ROOT. */
  readonly upstreamPrefix: string;
  readonly credentialArn?: string | undefined;
  readonly customRoleArn?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The reasons for which ECR creates a repository itself. */
export type CreationReason = 'REPLICATION' | 'PULL_THROUGH_CACHE' | 'CREATE_ON_PUSH';

/** The settings of repositories that ECR creates itself. */
export interface CreationTemplate extends Pick<
  RepositoryRecord,
  'mutability' | 'encryption' | 'resourceTags' | 'policy'
> {
  /** A namespace, or ROOT for all repositories without another template. */
  readonly prefix: string;
  readonly description?: string;
  readonly lifecyclePolicy?: string;
  readonly appliedFor: readonly CreationReason[];
  readonly customRoleArn?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
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
