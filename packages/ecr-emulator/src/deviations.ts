/**
 * The deviations of Amazon ECR from the OCI distribution specification, with their sources. The emulator follows ECR.
 * The specification's conformance suite runs with all deviations switched off.
 */
export const deviations = {
  'patch-201': 'PATCH of an upload answers 201, not 202 (openai/tart#273, aws/containers-roadmap#2831)',
  'frozen-range': 'the Range of an upload stays at its first part (aws/containers-roadmap#2831)',
  'part-size':
    'every part of an upload but the last has at least 5 MiB (ECR API, UploadLayerPart; dotnet/sdk-container-builds#424)',
  'no-empty-layer': 'an empty layer is rejected (ECR API, EmptyUploadException)',
  'no-single-post':
    'POST opens an upload and ignores its body; the bytes follow by PUT (inferred: InitiateLayerUpload has no body)',
  'no-layer-deletion':
    'a layer cannot be deleted (inferred: the API has no such operation); unused layers are removed automatically',
  'mount-by-image':
    'a layer can be mounted only from a repository with an image that contains it (aws/containers-roadmap#2860)',
} as const;

export type Deviation = keyof typeof deviations;

export const allDeviations = Object.keys(deviations) as readonly Deviation[];
