export { aliasDigits, isMoving, versionsOf, type TaggedVersion } from './aliases.ts';
export type { FactName, Facts } from './facts.ts';
export { inNaturalOrder } from './natural-order.ts';
export { presets } from './presets.ts';
export {
  aliasTargets,
  haveAliases,
  renderTags,
  renderVersionTag,
  type AliasRules,
  type RenderedTags,
  type SkippedTemplate,
} from './render-tags.ts';
export { foreseeTag, ownTemplate, parseTemplates, type TagTemplate } from './template.ts';
export { toTag } from './tag.ts';
export {
  compareVersions,
  isVersionWord,
  readVersion,
  whyNoVersion,
  versionWords,
  type Version,
  type VersionSources,
  type VersionWord,
} from './version.ts';
