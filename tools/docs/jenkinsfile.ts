import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Language, Parser, type Node } from 'web-tree-sitter';

/** A command of a stage, in a shell of its own. */
interface ShellStep {
  readonly stage: string;
  readonly command: string;
  /** The ids of the credentials that it gets. */
  readonly credentials: readonly string[];
}

/** What a declarative pipeline does. */
export interface Pipeline {
  /** The variables of `environment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The variables that scripts set, as Groovy writes them. */
  readonly assigned: Readonly<Record<string, string>>;
  readonly steps: readonly ShellStep[];
}

/** The sections of a declarative pipeline and of a stage (Jenkins, "Pipeline syntax"). */
const sections: Readonly<Record<string, readonly string[]>> = {
  pipeline: ['agent', 'environment', 'options', 'parameters', 'post', 'stages', 'tools', 'triggers'],
  stage: ['agent', 'environment', 'input', 'options', 'post', 'stages', 'steps', 'tools', 'when'],
};

const required: Readonly<Record<string, readonly string[]>> = {
  pipeline: ['agent', 'stages'],
  stage: ['steps'],
};

/**
 * Reads a Jenkinsfile by the grammar of Groovy.
 *
 * @throws Error if it has a syntax error, an unknown section, or lacks a section
 */
export async function readJenkinsfile(text: string): Promise<Pipeline> {
  const root = await parseGroovy(text);
  const wrong = firstError(root);
  if (wrong !== undefined) throw new Error(`line ${wrong.startPosition.row + 1} is not Groovy`);
  const [pipeline, ...others] = callsIn(root);
  if (pipeline === undefined || others.length > 0) throw new Error('it is not one pipeline');
  requireSections('pipeline', pipeline);
  const stages = callsIn(bodyOf(pipeline, 'stages'));
  const environment = callsIn(bodyOf(pipeline)).some(({ name }) => name === 'environment')
    ? assignmentsIn(bodyOf(pipeline, 'environment'))
    : {};
  return {
    environment,
    assigned: Object.assign({}, ...stages.map((stage) => assignmentsIn(stage.node))) as Record<
      string,
      string
    >,
    steps: stages.flatMap((stage) => {
      requireSections('stage', stage);
      return shellSteps(bodyOf(stage, 'steps'), stage.texts[0] ?? '', []);
    }),
  };
}

async function parseGroovy(text: string): Promise<Node> {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve('tree-sitter-groovy/tree-sitter-groovy.wasm');
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(grammar)));
  const tree = parser.parse(text);
  if (tree === null) throw new Error('the parser gave up');
  return tree.rootNode;
}

/** Parsers of tree-sitter go on after an error, and mark it. */
function firstError(node: Node): Node | undefined {
  if (!node.hasError) return undefined;
  if (node.isError || node.isMissing) return node;
  for (const child of childrenOf(node)) {
    const found = firstError(child);
    if (found !== undefined) return found;
  }
  return node;
}

/** A call of Groovy: `name(arguments) { body }` or `name argument`. */
interface Call {
  readonly name: string;
  readonly node: Node;
  /** The texts among the arguments. */
  readonly texts: readonly string[];
}

/** Returns the calls directly in a block. */
function callsIn(block: Node): readonly Call[] {
  return childrenOf(block).flatMap((child) => {
    const node = child.type === 'expression_statement' ? child.namedChild(0) : child;
    if (node === null || !['method_invocation', 'juxt_function_call'].includes(node.type)) return [];
    const argumentsOf = node.childForFieldName('args') ?? node.childForFieldName('arguments');
    const texts = argumentsOf === null ? [] : childrenOf(argumentsOf).flatMap((one) => textOf(one) ?? []);
    return [{ name: node.childForFieldName('name')?.text ?? '', node, texts }];
  });
}

/** Returns the block of a call, or of a call in it. */
function bodyOf({ node }: Call, name?: string): Node {
  const body = node.childForFieldName('body');
  if (body === null) throw new Error(`line ${node.startPosition.row + 1} has no block`);
  if (name === undefined) return body;
  const inner = callsIn(body).find((call) => call.name === name);
  if (inner === undefined) throw new Error(`line ${node.startPosition.row + 1} has no ${name}`);
  return bodyOf(inner);
}

function requireSections(kind: 'pipeline' | 'stage', call: Call): void {
  if (call.name !== kind) throw new Error(`${call.name} is no ${kind}`);
  const names = callsIn(bodyOf(call)).map(({ name }) => name);
  const unknown = names.find((name) => !sections[kind]?.includes(name));
  if (unknown !== undefined) throw new Error(`a ${kind} has no section ${unknown}`);
  const missing = required[kind]?.find((name) => !names.includes(name));
  if (missing !== undefined) throw new Error(`a ${kind} lacks the section ${missing}`);
}

function shellSteps(block: Node, stage: string, credentials: readonly string[]): readonly ShellStep[] {
  return callsIn(block).flatMap((call) => {
    if (call.name === 'sh') return [{ stage, command: call.texts[0] ?? '', credentials }];
    if (call.node.childForFieldName('body') === null) return [];
    const more = call.name === 'withCredentials' ? idsIn(call.node) : [];
    return shellSteps(bodyOf(call), stage, [...credentials, ...more]);
  });
}

/** Returns the values of `credentialsId` in the arguments of a call. */
function idsIn(call: Node): readonly string[] {
  const given = call.childForFieldName('arguments');
  if (given === null) return [];
  return given.descendantsOfType('map_item').flatMap((item) => {
    const value = item.childForFieldName('value');
    return item.childForFieldName('key')?.text === 'credentialsId' && value ? (textOf(value) ?? []) : [];
  });
}

function assignmentsIn(node: Node): Readonly<Record<string, string>> {
  const found = node.descendantsOfType('assignment_expression').flatMap((one) => {
    const [left, right] = [one.childForFieldName('left'), one.childForFieldName('right')];
    const text = right ? textOf(right) : undefined;
    return left && text !== undefined ? [[left.text.replace(/^env\./, ''), text] as const] : [];
  });
  return Object.fromEntries(found);
}

/** Returns the content of a string without escapes. */
function textOf({ type, text }: Node): string | undefined {
  return ['character_literal', 'string_literal'].includes(type) ? text.slice(1, -1) : undefined;
}

function childrenOf(node: Node): readonly Node[] {
  return node.namedChildren;
}
