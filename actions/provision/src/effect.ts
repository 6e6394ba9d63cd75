import type { ListedImage, PreviewedImage } from '@towpath/ecr';
import type { PlatformImages } from './platforms.ts';

/** An image that expires or is archived later, because the new policy lacks the rule that kept it. */
export interface LaterImage extends PreviewedImage {
  /** In milliseconds since the epoch. */
  readonly at: number;
}

/** The effect of a new lifecycle policy on the images of a repository. */
export interface Effect {
  /** The images that the policy would expire or archive. */
  readonly images: readonly PreviewedImage[];
  /** The images that lose the rule which keeps them now. The preview does not have them, because they expire later. */
  readonly exposed: readonly LaterImage[];
  /** Whether the policy that is replaced has a form that Towpath does not know. Then it is unknown what it keeps. */
  readonly isOldUnknown: boolean;
  /** All images of the repository. */
  readonly listed: readonly ListedImage[];
  /** The number of images in the repository, with those of indexes and attestations. */
  readonly total: number;
  /** The number of images with a tag. */
  readonly tagged: number;
  /** The images that refer to others, by digest, for example attestations. */
  readonly subjects: Readonly<Record<string, string>>;
  /** The images of the indexes in `images` and `exposed`. */
  readonly platforms: PlatformImages;
  /** The priorities of the rules that select no image. */
  readonly unused: readonly number[];
}
