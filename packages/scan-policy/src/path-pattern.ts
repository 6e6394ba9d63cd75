/**
 * Returns a function that says whether a pattern matches a path or a folder that contains it. `*` matches any
 * characters. The time is linear in the length of the path.
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const parts = pattern.replace(/^(?:\.?\/)+/, '').split('*');
  const first = parts[0] ?? '';
  const last = (parts.at(-1) ?? '').replace(/(?<!\/)\/+$/, '');
  const middle = parts.slice(1, -1);
  return (path) => {
    if (!path.startsWith(first)) return false;
    let from = first.length;
    for (const part of middle) {
      const at = path.indexOf(part, from);
      if (at < 0) return false;
      from = at + part.length;
    }
    return endsWithin(path, last, from);
  };
}

/** Returns whether a path ends with a text, or has the text at the end of a folder, from an offset on. */
function endsWithin(path: string, end: string, from: number): boolean {
  if (end === '' || (path.length - end.length >= from && path.endsWith(end))) return true;
  return path.includes(`${end}/`, from);
}
