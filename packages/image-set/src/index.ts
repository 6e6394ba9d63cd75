export { readImageSet, writeImageSet } from './files.ts';
export {
  fingerprintAnnotation,
  imageSetSchema,
  type BuiltImage,
  type ImageSet,
  type Source,
} from './image-set.ts';
