export { actionCommands, omittedInputs } from './action-commands.ts';
export { commonFlags } from './common-flags.ts';
export { reword } from './wording.ts';
export type { CommandSpec } from './command-spec.ts';
export { allCommands } from './own-commands.ts';
export { exampleLines } from './examples.ts';
export type { Flag } from './flag.ts';
export { workflowFiles } from './workflow-files.ts';
