export { readImageSet, writeImageSet } from './files.ts';
export {
  fingerprintAnnotation,
  fingerprintTag,
  imageSetSchema,
  type Attestation,
  type BuiltImage,
  type ImageSet,
  type Source,
} from './image-set.ts';
