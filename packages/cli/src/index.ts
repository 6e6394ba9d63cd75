export { actionCommands, omittedInputs } from './action-commands.ts';
export { commonFlags } from './common-flags.ts';
export { reword } from './wording.ts';
export { allCommands, type CommandSpec } from './own-commands.ts';
export { exampleLines } from './examples.ts';
export type { Flag } from './flag.ts';
export { workflowFiles } from './workflow-files.ts';
