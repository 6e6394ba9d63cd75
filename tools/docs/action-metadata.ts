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

/** What an action.yml says (GitHub docs, "Metadata syntax reference"). */
export interface ActionMetadata {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly outputs: Readonly<Record<string, Output>>;
  readonly runs: { readonly using: string; readonly main: string; readonly post?: string };
}

/** An action of this repository. */
export interface Action extends ActionMetadata {
  /** As `uses:` names it below `actions/`. */
  readonly folder: string;
}

/** In the order in which an image meets them. */
const order = ['build', 'publish', 'scan-gate', 'promote'];

/**
 * All actions of the workspace, which is the current folder.
 *
 * @throws Error when an input or output is not described
 */
export async function readActions(): Promise<readonly Action[]> {
  const files = globSync('actions/*/action.yml');
  const actions = await Promise.all(files.map(readAction));
  return actions.sort((a, b) => order.indexOf(a.folder) - order.indexOf(b.folder));
}

async function readAction(file: string): Promise<Action> {
  const metadata = parse(await readFile(join(file), 'utf8')) as ActionMetadata;
  for (const [name, { description }] of Object.entries({ ...metadata.inputs, ...metadata.outputs })) {
    if ((description as string | undefined) === undefined)
      throw new Error(`${file} does not describe ${name}`);
  }
  return { ...metadata, folder: basename(dirname(file)) };
}
