import { isTag, maxTagLength } from '@towpath/reference';
import { hash } from 'node:crypto';

/** Hex digits. With 48 bits, a million branch names are unlikely to collide. */
const hashLength = 12;

/**
 * Returns a valid tag for any text. Invalid text is rewritten, and 12 hex digits of its hash are appended, so
 * that `feature/x` and `feature-x` never collide.
 */
export function toTag(text: string): string {
  if (isTag(text)) return text;
  const suffix = hash('sha256', text).slice(0, hashLength);
  const legible = text
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, maxTagLength - hashLength - 1)
    .replace(/(?<![.-])[.-]+$/, '');
  return legible === '' ? suffix : `${legible}-${suffix}`;
}
