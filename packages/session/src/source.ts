import type { RegistryRef } from '@towpath/reference';

/** The location of an image's content, as data that a plan can contain. */
export type SourceRef =
  | {
      readonly kind: 'layouts';
      /** Absolute paths of OCI layouts. Each blob is read from the first layout that contains it. */
      readonly folders: readonly string[];
      /** The text of an index that joins the platforms of several layouts, so that no layout contains it. */
      readonly index?: string;
    }
  | {
      readonly kind: 'repository';
      readonly registry: RegistryRef;
      readonly repository: string;
    };
