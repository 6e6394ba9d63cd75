import type { Place, Problem } from '@towpath/errors';
import { isMap, isNode, LineCounter, parseDocument, visit, type Document, type Node, type Tags } from 'yaml';

/** A YAML file: its value, and where in the file each part of it stands. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** The place of a value by its path; of its key when the path leads to a map's entry. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
}

/**
 * Parses YAML 1.2. Keys may not stand twice, and aliases may not blow the file up.
 *
 * @param file its name, for messages
 * @param tags more tags than the standard's
 */
export function parseYaml(
  file: string,
  text: string,
  tags: Tags = [],
): YamlFile | { problems: readonly Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, customTags: tags, logLevel: 'error' });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map(({ message, pos }) => ({
        code: 'config-invalid',
        message: `${message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? ''}.`,
        place: placeAt(pos[0]),
      })),
    };
  }
  keepAsWritten(document);
  return {
    file,
    value: document.toJS({ maxAliasCount: 100 }),
    placeOf: (path) => placeAt(nodeAt(document, path)?.range?.[0] ?? 0),
  };
}

/** `1.10` and `True` stand for texts more often than for 1.1 and true: what is not the usual form is a text. */
function keepAsWritten(document: Document): void {
  visit(document, {
    Scalar: (_, scalar) => {
      const { value, source } = scalar;
      if ((typeof value === 'number' || typeof value === 'boolean') && String(value) !== source)
        scalar.value = source;
    },
  });
}

/** The node that a reader would look at: the key of an entry, the item of a list, or the nearest parent there is. */
function nodeAt(document: Document, path: readonly PropertyKey[]): Node | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const key = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(last))?.key : undefined;
    if (isNode(key)) return key;
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node;
  }
  return document.contents ?? undefined;
}
