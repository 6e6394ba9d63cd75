import type { Digest } from '@towpath/reference';

/** A tag or a digest. */
export type ImageKey = string | Digest;
