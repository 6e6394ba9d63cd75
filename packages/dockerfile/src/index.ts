export { baseImages, type BuildOptions } from './base-images.ts';
export { expand } from './expand.ts';
