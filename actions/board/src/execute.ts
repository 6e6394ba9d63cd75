import { renderPage } from '@towpath/board';
import { writeFileInside } from '@towpath/files';
import type { Journal } from '@towpath/flow';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BoardPlan } from './plan.ts';

/** The files of the board, with absolute paths. */
export interface BoardFiles {
  readonly page: string;
  readonly board: string;
}

/** Writes the page and the JSON. */
export async function execute(
  { board, folder }: BoardPlan,
  _session: unknown,
  _runtime: unknown,
  journal: Journal,
): Promise<BoardFiles> {
  await mkdir(folder, { recursive: true });
  const files = { 'index.html': renderPage(board), 'board.json': `${JSON.stringify(board, undefined, 2)}\n` };
  for (const [name, content] of Object.entries(files)) {
    await writeFileInside(folder, name, content);
    journal.wrote(join(folder, name));
  }
  return { page: join(folder, 'index.html'), board: join(folder, 'board.json') };
}
