export { formatBytes, formatCount, formatDuration } from './figures.ts';
export {
  bullets,
  code,
  details,
  heading,
  link,
  listing,
  Markdown,
  md,
  page,
  table,
  type Content,
} from './markdown.ts';
export { withoutSequences } from './sequences.ts';
