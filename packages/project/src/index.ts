export { readChanges, readFilesAt, type Changes } from './changes.ts';
export type { EvaluatedConfig } from './evaluated-config.ts';
export { anyImages, parseImageList, parseImageLists, type GivenImage } from './image-list.ts';
export { namedImages, openProject, projectInputs, type Project, type ProjectInputs } from './project.ts';
export { buildEnvironment, Locations, type EnvironmentRoles, type ImageTags } from './locations.ts';
export { pullThroughCaches } from './pull-through.ts';
export { announceVersion, foreseeVersion, resolveVersion, versionProblems } from './version.ts';
