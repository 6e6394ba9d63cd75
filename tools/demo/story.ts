import type { Digest } from '@towpath/reference';

/** An image that was promoted to production. */
export interface TowedImage {
  readonly name: string;
  readonly repository: string;
  readonly digest: Digest;
  readonly platforms: Readonly<Record<string, Digest>>;
  readonly environments: Readonly<
    Record<string, { readonly registry: string; readonly tag: string; readonly digest: Digest }>
  >;
  readonly verdict: string;
}

/** An image that the gate rejected. */
export interface HeldImage {
  readonly name: string;
  readonly digest: Digest;
  readonly verdict: string;
  readonly reason: string;
}

/** What production runs after a rollback, as the board shows it. */
export interface RolledBack {
  /** The version that was rolled back. */
  readonly from: string;
  readonly kind: string;
  readonly versions: Readonly<Record<string, string>>;
  /** The number of images and services that differ from the ledgers. */
  readonly drift: string;
}

/** The end of the demo. */
export interface DemoReport {
  readonly images: readonly TowedImage[];
  readonly held: readonly HeldImage[];
  /** Undefined before the rollback. */
  readonly rolledBack?: RolledBack;
}
