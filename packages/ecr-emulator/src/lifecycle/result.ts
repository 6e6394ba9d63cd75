import type { Digest } from '@towpath/reference';

/** The action of a policy on an image. */
export interface LifecycleResult {
  readonly digest: Digest;
  readonly action: 'expire' | 'transition';
  readonly rulePriority: number;
}
