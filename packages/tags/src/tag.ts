import { isTag, maxTagLength } from '@towpath/reference';
import { hash } from 'node:crypto';

/** Hex digits: 48 bits, so that among a million branch names no two are expected to collide. */
const hashLength = 12;

/**
 * A valid tag from any text. Text that is no tag is made one, and 12 hex digits of its hash are appended, so that
 * `feature/x` and `feature-x` never collide.
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
