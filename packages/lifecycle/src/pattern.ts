/** Patterns of ECR, in which `*` matches any characters or none. */

/** Returns whether a tag matches a pattern. The time is linear in the length of both for each `*`. */
export function matchesPattern(pattern: string, tag: string): boolean {
  const [start = '', ...others] = pattern.split('*');
  const end = others.pop();
  if (end === undefined) return tag === pattern;
  if (tag.length < start.length + end.length || !tag.startsWith(start) || !tag.endsWith(end)) return false;
  let rest = tag.slice(start.length, tag.length - end.length);
  for (const part of others) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest = rest.slice(at + part.length);
  }
  return true;
}

/** A character that no tag contains. It stands for any text that a `*` can match. */
const anyText = '\0';

/** Returns whether every tag that matches `inner` also matches `outer`. */
export function coversPattern(outer: string, inner: string): boolean {
  return matchesPattern(outer, inner.replaceAll('*', anyText));
}

/** Returns whether a tag can match both patterns. The time is the product of both lengths. */
export function overlaps(one: string, other: string): boolean {
  // possible[j]: the part of `one` that was read can be equal to the first j characters of `other`.
  let possible = reach([true, ...Array.from(other, () => false)], other);
  for (const character of one) {
    possible = character === '*' ? withAnyText(possible) : step(possible, character, other);
    possible = reach(possible, other);
  }
  return possible.at(-1) === true;
}

/** A `*` of `other` also matches the empty text. */
function reach(possible: readonly boolean[], other: string): boolean[] {
  const reached = [...possible];
  for (const [index, character] of Array.from(other).entries())
    if (reached[index] === true && character === '*') reached[index + 1] = true;
  return reached;
}

/** A `*` of `one` matches any part of `other`. */
function withAnyText(possible: readonly boolean[]): boolean[] {
  let isReached = false;
  return possible.map((can) => (isReached = isReached || can));
}

function step(possible: readonly boolean[], character: string, other: string): boolean[] {
  return possible.map((can, index) => {
    const matched = index > 0 && possible[index - 1] === true && other[index - 1] === character;
    return matched || (can && other[index] === '*');
  });
}
