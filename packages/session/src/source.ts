import type { RegistryRef } from '@towpath/reference';

/** Where the content of an image is read, as a value that a plan can hold. */
export type SourceRef =
  | {
      readonly kind: 'layouts';
      /** Absolute paths of OCI layouts. Each blob is read from the first that has it. */
      readonly folders: readonly string[];
      /** The text of an index that no layout has, because it joins platforms of several. */
      readonly index?: string;
    }
  | {
      readonly kind: 'repository';
      readonly registry: RegistryRef;
      readonly repository: string;
    };
