import type { Graph, Manifest } from '@towpath/oci';
import type { Digest, RepositoryRef } from '@towpath/reference';
import type { SourceRef } from '@towpath/session';
import type { SkippedTemplate } from '@towpath/tags';
import { writesAttachments, type DeliveredAttachments } from './attachments.ts';
import type { AliasCheck, TagMove } from './tag-moves.ts';

/** An image to copy to a repository and to tag there. `publish` and `promote` both end with deliveries. */
export interface Delivery {
  /** The name of the image in the configuration. */
  readonly name: string;
  /** The manifest that the tags will point at. */
  readonly root: Manifest;
  /** The manifest digest of each platform, if they are known. */
  readonly platforms?: Readonly<Record<string, Digest>>;
  readonly location: RepositoryRef;
  /**
   * The source of the content and what the repository lacks of it. Absent if the image is already in the repository.
   */
  readonly content?: { readonly source: SourceRef; readonly graph: Graph };
  /** What is attached to the image and delivered with it. Absent if nothing is copied, or without its attachments. */
  readonly attachments?: DeliveredAttachments;
  readonly moves: readonly TagMove[];
  /** Aliases to compare with the existing versions after all tags are set. */
  readonly check?: AliasCheck;
  readonly skipped: readonly SkippedTemplate[];
  /** Whether AWS Lambda must be able to run the image. */
  readonly lambda?: boolean;
}

/** Returns whether the delivery writes anything. */
export function isChange({ content, attachments, moves, check }: Delivery): boolean {
  return (
    (content !== undefined && isLacking(content.graph)) ||
    writesAttachments(attachments) ||
    moves.some(({ action }) => action !== 'there') ||
    (check?.stale ?? []).length > 0
  );
}

/** Returns whether a repository lacks any of the content. */
export function isLacking({ manifests }: Graph): boolean {
  return manifests.some(({ present }) => !present);
}
