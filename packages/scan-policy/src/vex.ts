import type { Digest } from '@towpath/reference';

export const vexStatuses = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const;

/** A statement of an OpenVEX document, with the values that it inherits from the document. */
export interface VexStatement {
  /** The name, the id and the aliases of the vulnerability. */
  readonly ids: readonly string[];
  readonly status: (typeof vexStatuses)[number];
  /** Never empty. */
  readonly products: readonly VexProduct[];
  /** Why the product is not affected: the justification, and the impact statement. */
  readonly justification?: string;
  /** As ISO 8601. The newest statement applies. */
  readonly time: string;
  /** The file or the id of the document, for messages. */
  readonly document: string;
}

/** An image, or a package of an image. */
export interface VexComponent {
  /** Package URLs, and references of images with a digest. */
  readonly identifiers: readonly string[];
  readonly digests: readonly Digest[];
}

export interface VexProduct extends VexComponent {
  /** The packages of the product that the statement is about. Empty: the whole product. */
  readonly subcomponents: readonly VexComponent[];
}
