/** The longest path and pattern that are compared (limits.h, PATH_MAX). */
const maxPath = 4096;

/**
 * Returns whether a source of `COPY` takes a path: the path itself, a folder above it, or a pattern for one of them.
 * An empty source is the whole context.
 *
 * @param anywhere whether a pattern without a slash also matches below folders
 */
export function covers(source: string, path: string, anywhere = false): boolean {
  if (source === '' || source === path) return true;
  if (source.length > maxPath || path.length > maxPath) return false;
  const pattern = source.replace(/^\*\*\//, '').split('/');
  const names = path.split('/');
  const starts = anywhere || pattern.join('/') !== source ? names.map((_, index) => index) : [0];
  return starts.some((start) => {
    const part = names.slice(start, start + pattern.length);
    return part.length === pattern.length && part.every((name, at) => matches(pattern[at] ?? '', name));
  });
}

/**
 * Returns whether a shell pattern matches a name. It goes back to the last star only, so that the time is at most
 * pattern × name.
 */
function matches(pattern: string, name: string): boolean {
  let [at, star, restart] = [0, -1, 0];
  for (let index = 0; index < name.length;) {
    const wanted = pattern[at];
    const isSet = wanted === '[';
    const end = isSet ? pattern.indexOf(']', at + 2) : -1;
    if (wanted === '*') {
      star = at;
      restart = index;
      at += 1;
    } else if (isSet && end > 0 && inSet(pattern.slice(at + 1, end), name.charAt(index))) {
      at = end + 1;
      index += 1;
    } else if (wanted === '?' || (wanted === name[index] && !(isSet && end > 0))) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      restart += 1;
      index = restart;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

function inSet(set: string, character: string): boolean {
  const isNegated = set.startsWith('^') || set.startsWith('!');
  const body = isNegated ? set.slice(1) : set;
  let found = false;
  for (let at = 0; at < body.length; at += 1) {
    const to = body[at + 1] === '-' ? body[at + 2] : undefined;
    if (to !== undefined) {
      found ||= body.charAt(at) <= character && character <= to;
      at += 2;
    } else found ||= body[at] === character;
  }
  return found !== isNegated;
}
