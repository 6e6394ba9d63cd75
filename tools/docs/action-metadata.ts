import { readFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';

export interface Input {
  readonly description: string;
  readonly required?: boolean;
  readonly default?: string;
}

export interface Output {
  readonly description: string;
}

/** The content of an action.yml (GitHub docs, "Metadata syntax reference"). */
export interface ActionMetadata {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly outputs: Readonly<Record<string, Output>>;
  readonly runs: { readonly using: string; readonly main: string; readonly post?: string };
}

/** An action of this repository. */
export interface Action extends ActionMetadata {
  /** The folder below `actions/`, as in `uses:`. */
  readonly folder: string;
  /** The position in the pages, where actions are in pipeline order: `towpath.order` in its package.json. */
  readonly order: number;
}

/**
 * Returns all actions of the workspace, which is the current folder.
 *
 * @throws Error if an input or output has no description, or an action has no order
 */
export async function readActions(): Promise<readonly Action[]> {
  const files = globSync('actions/*/action.yml');
  const actions = await Promise.all(files.map(readAction));
  return actions.sort((one, other) => one.order - other.order);
}

async function readAction(file: string): Promise<Action> {
  const metadata = parse(await readFile(file, 'utf8')) as ActionMetadata;
  for (const [name, { description }] of Object.entries({ ...metadata.inputs, ...metadata.outputs })) {
    if ((description as string | undefined) === undefined)
      throw new Error(`${file} has no description of ${name}`);
  }
  const folder = dirname(file);
  return { ...metadata, folder: basename(folder), order: await orderOf(join(folder, 'package.json')) };
}

async function orderOf(manifest: string): Promise<number> {
  const { towpath } = JSON.parse(await readFile(manifest, 'utf8')) as { towpath?: { order?: number } };
  if (towpath?.order === undefined) throw new Error(`${manifest} has no towpath.order`);
  return towpath.order;
}
