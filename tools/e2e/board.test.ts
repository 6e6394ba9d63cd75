import { expect, test } from '@jest/globals';
import { boardSchema } from '@towpath/board';
import { readFileSync } from 'node:fs';
import { begin, green } from './scene.ts';

test('the bundle of the board reads a ledger without entries, and writes a page, JSON and a summary', async () => {
  const { stage, step } = await begin();
  const registries = `${stage.shared.host}/payroll`;
  const { outputs, summary } = green(await step('board', { registries }));
  const board = boardSchema.parse(JSON.parse(readFileSync(outputs.board ?? '', 'utf8')));
  expect(board.ledgers).toEqual([{ ledger: `${registries}/towpath`, state: 'read', problems: [] }]);
  expect(readFileSync(outputs.page ?? '', 'utf8')).toContain('Content-Security-Policy');
  expect(summary).toContain('Images by environment');
});
