/**
 * Where Amazon ECR leaves the OCI distribution specification, and how that is known. The emulator follows ECR. Each
 * deviation has a name so that it can be switched off when the specification's conformance suite is run against
 * the rest.
 */
export const deviations = {
  'patch-201': 'PATCH of an upload answers 201, not 202 (openai/tart#273, aws/containers-roadmap#2831)',
  'frozen-range': 'the Range of an upload stays at its first part (aws/containers-roadmap#2831)',
  'part-size':
    'every part of an upload but the last has at least 5 MiB (ECR API, UploadLayerPart; dotnet/sdk-container-builds#424)',
  'no-empty-layer': 'a layer of no bytes is refused (ECR API, EmptyUploadException)',
  'no-single-post':
    'POST opens an upload whatever it carries; the bytes follow by PUT (inferred: InitiateLayerUpload takes none)',
  'no-layer-deletion':
    'a layer cannot be deleted (inferred: the API has no such operation); unused ones go by themselves',
  'mount-by-image':
    'a layer is mounted only from a repository with an image that has it (aws/containers-roadmap#2860)',
} as const;

/** The name of a deviation. */
export type Deviation = keyof typeof deviations;

export const allDeviations = Object.keys(deviations) as readonly Deviation[];
