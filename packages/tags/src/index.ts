export { ciFacts, type CiFacts } from './ci-facts.ts';
export { isFactName, type FactName, type Facts } from './facts.ts';
export { parseTemplate, renderTag, type TagTemplate } from './template.ts';
export { toTag } from './tag.ts';
