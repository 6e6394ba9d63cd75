import { maxJsonDepth } from './limits.ts';

/**
 * Parses JSON. Returns undefined for bytes that are not JSON, or with more than {@link maxJsonDepth} nested
 * lists and maps. Rejects bytes that are not UTF-8: they would change in a string, and the AWS API takes
 * manifests as strings.
 */
export function parseJson(bytes: Buffer): unknown {
  try {
    const text = decode(bytes);
    return isTooDeep(text) ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns the first key that programs read differently. That is a duplicate key in an object, or a key that
 * differs from a known one only in case, which Go ignores (Go, encoding/json). Keys of annotations may differ
 * in case, because Go keeps them in a map.
 *
 * @param bytes of valid JSON
 * @param known the keys that have a meaning
 */
export function ambiguousKey(bytes: Buffer, known: ReadonlySet<string>): string | undefined {
  const text = decode(bytes);
  const folded = new Map([...known].map((key) => [key.toLowerCase(), key]));
  const objects: { readonly keys: Set<string> | undefined; readonly isMap: boolean }[] = [];
  let word = '';
  let key = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      word = text.slice(at, end);
      at = end - 1;
    } else if (character === ':') {
      key = JSON.parse(word) as string;
      const { keys, isMap } = objects.at(-1) ?? { keys: undefined, isMap: false };
      const other = isMap ? undefined : folded.get(key.toLowerCase());
      if (keys?.has(key) === true || (other !== undefined && other !== key)) return key;
      keys?.add(key);
    } else if (character === '{') objects.push({ keys: new Set(), isMap: key === 'annotations' });
    else if (character === '[') objects.push({ keys: undefined, isMap: false });
    else if (character === '}' || character === ']') {
      objects.pop();
      key = '';
    }
  }
  return undefined;
}

/** Runs before parsing, because code that walks through a value recurses once per level. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > maxJsonDepth) return true;
  }
  return false;
}

/** Returns the index after the closing quote, or the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function decode(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
