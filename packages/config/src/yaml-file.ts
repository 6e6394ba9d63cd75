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
  visit,
  type Document,
  type Node,
  type Scalar,
} from 'yaml';
import { foreignName } from './foreign.ts';

/** In bytes: CloudFormation takes no larger template, and a configuration of thousands of images is smaller. */
export const maxFileSize = 1_048_576;

/** A YAML file: its value, and where in the file each part of it stands. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** The place of a value by its path; of its key when the path leads to a map's entry. */
  readonly positionOf: (path: readonly PropertyKey[]) => FilePosition;
}

/** Something wrong, and how far from the start of the file it stands. */
interface Fault {
  readonly message: string;
  readonly offset: number;
}

/**
 * Parses YAML 1.2 with merge keys (`<<`). Keys may not stand twice, and aliases may not blow the file up. What is for
 * others to evaluate may stand anywhere: it is read as a symbol, which no schema takes.
 *
 * @param file its name, for messages
 */
export function parseYaml(file: string, text: string): YamlFile | { problems: readonly Problem[] } {
  const lines = new LineCounter();
  // A byte order mark would move the columns of the first line.
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    merge: true,
    logLevel: 'error',
  });
  const positionAt = (offset: number): FilePosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const reading = read(document);
  if ('value' in reading) {
    const positionOf = (path: readonly PropertyKey[]) => positionAt(offsetOf(nodeAt(document, path)?.range));
    return { file, value: reading.value, positionOf };
  }
  return {
    problems: reading.faults.map(({ message, offset }) => ({
      code: 'config-invalid',
      message,
      position: positionAt(offset),
    })),
  };
}

function read(document: Document.Parsed): { value: unknown } | { faults: readonly Fault[] } {
  try {
    const faults = [...syntaxFaults(document), ...nodeFaults(document)];
    // The size is known by then: the library would count aliases, however small what they stand for.
    return faults.length > 0 ? { faults } : { value: document.toJS({ maxAliasCount: -1 }) };
  } catch (error) {
    if (error instanceof RangeError) return { faults: [tooDeep] };
    if (error instanceof Error && error.message.startsWith('Merge sources')) return { faults: [badMerge] };
    throw error;
  }
}

/** The stack has ended, in the library or after it. */
const tooDeep: Fault = { message: 'The file nests too deeply.', offset: 0 };

const badMerge: Fault = { message: 'What << merges must be a map, or several.', offset: 0 };

function syntaxFaults({ errors }: Document.Parsed): Fault[] {
  const isExhausted = ({ code, message }: (typeof errors)[number]) =>
    code === 'RESOURCE_EXHAUSTION' || message.startsWith('Maximum call stack size exceeded');
  if (errors.some(isExhausted)) return [tooDeep];
  const faults = errors.map(({ code, message, pos }): Fault => {
    if (code === 'MULTIPLE_DOCS') return { message: 'The file holds several documents.', offset: pos[0] };
    const [said = ''] = message.split('\n');
    return { message: `${said.replace(/ at line \d+, column \d+:?$/, '')}.`, offset: pos[0] };
  });
  const isSame = (a: Fault) => (b: Fault) => a.message === b.message && a.offset === b.offset;
  return faults.filter((fault, index) => index === faults.findIndex(isSame(fault)));
}

/** What only the nodes tell, not their values. Scalars are brought into the form that a reader expects on the way. */
function nodeFaults(document: Document.Parsed): Fault[] {
  const faults: Fault[] = [];
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, {
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      const foreign = foreignName(node);
      if (foreign !== undefined) node.toJSON = () => Symbol.for(foreign);
      else if (isScalar(node)) keepAsWritten(node);
    },
    Alias: (_, alias) => {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
      else
        faults.push({ message: `Nothing above is called &${alias.source}.`, offset: offsetOf(alias.range) });
    },
    Pair: (_, { key }) => {
      if (!isScalar(key) || key.value !== '__proto__') return;
      faults.push({ message: 'The key __proto__ is not allowed.', offset: offsetOf(key.range) });
    },
  });
  if (sizeOf(document.contents, targets) > maxSize)
    faults.push({ message: 'Its aliases multiply.', offset: 0 });
  return faults;
}

/** In values: a megabyte without aliases has no more. */
const maxSize = 1_000_000;

/**
 * How many values a node is with its aliases written out. One that stands for what it is in has no end.
 *
 * @param targets what the aliases stand for
 * @param sizes of what is above
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

/** `1.10` and `True` stand for texts more often than for 1.1 and true: what is not the usual form is a text. */
function keepAsWritten(scalar: Scalar): void {
  const { value, source } = scalar;
  if ((typeof value === 'number' || typeof value === 'boolean') && String(value) !== source)
    scalar.value = source;
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
