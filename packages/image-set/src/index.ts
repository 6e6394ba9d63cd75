export { requireExpected, type ExpectedImages } from './expected.ts';
export { imageSetFolders, readImageSet, writeImageSet } from './files.ts';
export {
  joinedFingerprint,
  mergeImageSets,
  type MergedImage,
  type MergedSet,
  type SetPart,
} from './merge.ts';
export { clearSetFolder, moveToSetFolder, requireSetFolder, scansFolder } from './set-folder.ts';
export {
  fingerprintAnnotation,
  fingerprintTag,
  imageSetSchema,
  inputsAnnotation,
  type Attestation,
  type BuiltImage,
  type ImageSet,
  type Source,
} from './image-set.ts';
