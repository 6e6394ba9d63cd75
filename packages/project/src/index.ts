export { openProject, projectInputs, type Project, type ProjectInputs } from './project.ts';
export { buildPlace, Places, type Location, type PlaceTags, type SkippedTemplate } from './places.ts';
export { Registries } from './registries.ts';
export { findVersion, type FoundImage, type FoundVersion } from './versions.ts';
export {
  annotateTags,
  describeTag,
  labelOf,
  listTags,
  moveTags,
  planTags,
  type TagMove,
} from './tag-moves.ts';
