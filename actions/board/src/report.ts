import { countStates, renderSummary } from '@towpath/board';
import type { Annotation, Report } from '@towpath/flow';
import type { BoardFiles } from './execute.ts';
import type { BoardPlan } from './plan.ts';

export function report({ board, folder }: BoardPlan, files: BoardFiles): Report {
  const { drift, 'not-observed': unseen } = countStates(board);
  return {
    outputs: {
      folder,
      page: files.page,
      board: files.board,
      drift: String(drift),
      'not-observed': String(unseen),
    },
    annotations: [
      ...board.ledgers.flatMap(({ problems }) => problems.map(warning)),
      ...board.runtimes.flatMap(({ state, detail }) =>
        state === 'read' ? [] : [warning({ message: detail })],
      ),
      ...(drift === 0
        ? []
        : [warning({ message: `Images that differ from the ledger: ${drift}. The summary lists them.` })]),
    ],
    summary: renderSummary(board),
  };
}

function warning({ message, hint = '' }: { readonly message: string; readonly hint?: string }): Annotation {
  return { level: 'warning', message: `${message} ${hint}`.trimEnd() };
}
