import type { FilePosition, Problem } from '@towpath/errors';
import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  isSeq,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { foreignName } from './foreign.ts';

/**
 * The maximum file size, in bytes. It is the limit of CloudFormation templates and enough for thousands of
 * images.
 */
export const maxFileSize = 1_048_576;

/** The maximum number of problems reported for one file. */
export const maxProblems = 1000;

/** A YAML file: its value, and the position of each part in the file. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** Returns the position of the value at a path. For an entry of a map, it is the position of the key. */
  readonly positionOf: (path: readonly PropertyKey[]) => FilePosition;
}

/** A problem and its offset from the start of the file. */
interface Fault {
  readonly message: string;
  readonly offset: number;
}

/**
 * Parses YAML 1.2 with merge keys (`<<`). Rejects duplicate keys and aliases that expand the file too much.
 * Values that other tools evaluate are allowed anywhere. They become symbols, which no schema accepts.
 *
 * @param file the name to use in messages
 */
export function parseYaml(file: string, text: string): YamlFile | { problems: readonly Problem[] } {
  if (isOtherEncoding(text)) return { problems: [notUtf8(file)] };
  const lines = new LineCounter();
  // A byte order mark would shift the columns of the first line.
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    merge: true,
    // The library's own check compares each key with all others of its map.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const positionAt = (offset: number): FilePosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const reading = read(document);
  if ('value' in reading) {
    const find = nodeFinder(document);
    const positionOf = (path: readonly PropertyKey[]) => positionAt(offsetOf(find(path)?.range));
    return { file, value: reading.value, positionOf };
  }
  return {
    problems: reading.faults.slice(0, maxProblems).map(({ message, offset }) => ({
      code: 'config-invalid',
      message,
      position: positionAt(offset),
    })),
  };
}

function read(document: Document.Parsed): { value: unknown } | { faults: readonly Fault[] } {
  try {
    const found = [...syntaxFaults(document), ...nodeFaults(document)];
    const faults = found.sort((one, other) => one.offset - other.offset);
    // The size is already checked here. The library would count aliases, even if they refer to small values.
    return faults.length > 0 ? { faults } : { value: document.toJS({ maxAliasCount: -1 }) };
  } catch (error) {
    if (error instanceof RangeError) return { faults: [tooDeep] };
    if (error instanceof Error && error.message.startsWith('Merge sources')) return { faults: [badMerge] };
    throw error;
  }
}

/** Whether a text that was decoded as UTF-8 is UTF-16 or binary: PowerShell writes UTF-16 by default. */
function isOtherEncoding(text: string): boolean {
  return text.startsWith('\uFFFD\uFFFD') || text.includes('\0');
}

function notUtf8(file: string): Problem {
  return {
    code: 'config-invalid',
    message: 'The file is not UTF-8.',
    hint: 'Save the file as UTF-8.',
    position: { file, line: 1, column: 1 },
  };
}

/** Reports a stack overflow, in the library or in later code. */
const tooDeep: Fault = { message: 'The file nests too deeply.', offset: 0 };

const badMerge: Fault = { message: 'The value of << must be a map, or a list of maps.', offset: 0 };

function syntaxFaults({ errors }: Document.Parsed): Fault[] {
  const isExhausted = ({ code, message }: (typeof errors)[number]) =>
    code === 'RESOURCE_EXHAUSTION' || message.startsWith('Maximum call stack size exceeded');
  if (errors.some(isExhausted)) return [tooDeep];
  const faults = errors.map(({ code, message, pos }): Fault => {
    if (code === 'MULTIPLE_DOCS')
      return { message: 'The file contains several documents. Write one.', offset: pos[0] };
    const [said = ''] = message.split('\n');
    return { message: `${said.replace(/ at line \d+, column \d+:?$/, '')}.`, offset: pos[0] };
  });
  return [...new Map(faults.map((fault) => [`${fault.offset} ${fault.message}`, fault])).values()];
}

/**
 * Returns the problems that are only visible in the nodes, not in their values. Also normalizes scalars on
 * the way.
 */
function nodeFaults(document: Document.Parsed): Fault[] {
  const faults: Fault[] = [];
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  let aliases = 0;
  visit(document, {
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      const foreign = foreignName(node);
      if (foreign !== undefined) node.toJSON = () => Symbol.for(foreign);
      else if (isScalar(node)) keepAsWritten(node);
      if (isMap(node)) faults.push(...repeatedKeys(node));
    },
    Alias: (_, alias) => {
      aliases += 1;
      if (aliases > maxAliases) return visit.BREAK;
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
      else
        faults.push({
          message: `The alias *${alias.source} has no anchor &${alias.source} above it.`,
          offset: offsetOf(alias.range),
        });
      return undefined;
    },
    Pair: (_, { key }) => {
      if (!isScalar(key) || key.value !== '__proto__') return;
      faults.push({ message: 'The key __proto__ is not allowed.', offset: offsetOf(key.range) });
    },
  });
  if (aliases > maxAliases || sizeOf(document.contents, targets) > maxSize)
    faults.push({ message: 'The aliases of the file expand to too many values.', offset: 0 });
  return faults;
}

/** The library searches the whole file for each alias. */
const maxAliases = 1000;

/** The maximum number of values. A file of one megabyte without aliases has no more. */
const maxSize = 1_000_000;

/**
 * Returns the number of values in a node with its aliases expanded. An alias of a node that contains it is
 * infinite.
 *
 * @param targets the nodes that the aliases refer to
 * @param sizes of the nodes visited so far
 */
function sizeOf(node: unknown, targets: ReadonlyMap<Node, Node>, sizes = new Map<Node, number>()): number {
  if (isAlias(node)) {
    const target = targets.get(node);
    return target === undefined ? 1 : (sizes.get(target) ?? Infinity);
  }
  if (isPair(node)) return sizeOf(node.key, targets, sizes) + sizeOf(node.value, targets, sizes);
  const items: readonly unknown[] = isCollection(node) ? node.items : [];
  const size = items.reduce<number>((sum, item) => sum + sizeOf(item, targets, sizes), 1);
  if (isNode(node)) sizes.set(node, size);
  return size;
}

function offsetOf(range: Node['range']): number {
  return range?.[0] ?? 0;
}

/**
 * Reads scalars such as `1.10` and `True` as texts, because that is usually what the user means. Only the
 * usual form of a number or boolean is read as one.
 */
function keepAsWritten(scalar: Scalar): void {
  const { value, source } = scalar;
  if ((typeof value === 'number' || typeof value === 'boolean') && String(value) !== source)
    scalar.value = source;
}

/** Returns the duplicate keys of a map. Keys are compared in the form that {@link keepAsWritten} returns. */
function repeatedKeys({ items }: YAMLMap): readonly Fault[] {
  const known = new Set<string>();
  const repeated = items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const name = String(typeof key.value === 'string' ? key.value : (key.source ?? key.value));
    if (!known.has(name)) {
      known.add(name);
      return [];
    }
    return [{ message: `The key ${name} exists twice in this map.`, offset: offsetOf(key.range) }];
  });
  return repeated.slice(0, maxProblems);
}

/** The entries of a map by key. */
type Entries = ReadonlyMap<string, Pair>;

/**
 * Returns a function that finds the node at a path: the key of an entry, the item of a list, or the nearest
 * parent that exists. Each map is searched once.
 */
function nodeFinder({ contents }: Document): (path: readonly PropertyKey[]) => Node | undefined {
  const known = new Map<YAMLMap, Entries>();
  const entriesOf = (map: YAMLMap) => {
    const entries = known.get(map) ?? new Map(map.items.map((item) => [String(item.key), item]));
    known.set(map, entries);
    return entries;
  };
  return (path) => {
    let found: Node | undefined = contents ?? undefined;
    let parent: unknown = contents;
    for (const name of path) {
      const entry = isMap(parent) ? entriesOf(parent).get(String(name)) : undefined;
      const value: unknown = isSeq(parent) ? parent.items[Number(name)] : entry?.value;
      if (isNode(entry?.key)) found = entry.key;
      else if (isNode(value)) found = value;
      else break;
      parent = value;
    }
    return found;
  };
}
