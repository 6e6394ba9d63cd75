import type { FoundImage } from '@towpath/ledger';

/** An image to deliver, in the repository that has it. */
export interface SelectedImage extends FoundImage {
  /** The version of this image. */
  readonly version: string;
}
