/**
 * The deviations of Amazon ECR from the OCI distribution specification, with their sources. The emulator follows ECR.
 * The specification's conformance suite runs with all deviations switched off.
 */
export const deviations = {
  'patch-201':
    'PATCH of an upload returns 201 instead of 202 (openai/tart#273, aws/containers-roadmap#2831).',
  'frozen-range': 'The Range of an upload stays at its first part (aws/containers-roadmap#2831).',
  'part-size':
    'Every part of an upload except the last has at least 5 MiB (ECR API, UploadLayerPart; dotnet/sdk-container-builds#424).',
  'no-empty-layer': 'A layer without bytes is rejected (ECR API, EmptyUploadException).',
  'no-single-post':
    'POST opens an upload and ignores its body. The bytes follow with PUT (inferred: InitiateLayerUpload has no body).',
  'no-layer-deletion':
    'A layer cannot be deleted (inferred: the API has no such operation). ECR removes unused layers itself.',
  'mount-by-image':
    'A layer is mounted only from a repository with an image that contains the layer (aws/containers-roadmap#2860).',
} as const;

export type Deviation = keyof typeof deviations;

export const allDeviations = Object.keys(deviations) as readonly Deviation[];
