export { diffColour } from './diff-line.ts';
export { cancellation } from './cancellation.ts';
export { systemClock } from './clock.ts';
export { executor } from './exec.ts';
export { ensureHome } from './home.ts';
export { neutralLines } from './neutral.ts';
