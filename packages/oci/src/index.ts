export { agentsFor, type Agents } from './agents.ts';
export { partAttestations, type PartedImage, type Referrer } from './attestations.ts';
export {
  findAttachments,
  referrersTag,
  type Attachment,
  type Attachments,
  type AttachmentSource,
  type ReferrerDescriptor,
} from './attachments.ts';
export { mediaTypes, type Descriptor } from './descriptor.ts';
export { compareCopies, copyImages, type ContentTarget, type ImageCopy, type Transfer } from './copy.ts';
export { dockerArchive, type ArchivedImage } from './docker-archive.ts';
export { parseEndpoints, type Endpoints } from './endpoints.ts';
export { configuredPlatform, inspectImage, type InspectedImage } from './inspect.ts';
export { parseJson } from './json.ts';
export { joinPlatforms } from './join-platforms.ts';
export { joinAttachments } from './join-attachments.ts';
export { jointSource } from './joint-source.ts';
export { knownSource } from './known-source.ts';
export { Layout, LayoutWriter } from './layout.ts';
export {
  childrenOf,
  imagesOf,
  isArtifact,
  isAttestation,
  parseManifest,
  type ImageIndex,
  type ImageManifest,
  type Manifest,
} from './manifest.ts';
export { readConfig } from './read-config.ts';
export { SetLimits } from './reading-limits.ts';
export { retryOutside } from './registry-failure.ts';
export { RemoteRepository } from './remote-repository.ts';
export {
  readManifests,
  surveyGraph,
  type ContentSource,
  type Graph,
  type RepositoryRef,
  type Presence,
} from './survey.ts';
export { attestationType, builderOf, materialsOf, statementKinds } from './statements.ts';
export { rewriteAttestations } from './rewrite-attestations.ts';
export { Transport, type Authorize, type TransportOptions } from './transport.ts';
export { requireStored } from './stored.ts';
export { readBlob } from './read-blob.ts';
