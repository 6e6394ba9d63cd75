export {
  boardSchema,
  type Board,
  type BoardAttempt,
  type BoardCell,
  type BoardCheck,
  type BoardEntry,
  type BoardEnvironment,
  type BoardGroup,
  type Comparison,
  type Verdict,
} from './model.ts';
export { renderPage } from './page.ts';
export { countStates } from './status.ts';
export { renderSummary } from './summary.ts';
