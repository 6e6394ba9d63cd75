import type { InputForm } from '@towpath/flow';

/** A flag of a command. */
export interface Flag extends InputForm {
  /** The name of the input, without dashes. */
  readonly name: string;
  /** Markdown. */
  readonly description: string;
  readonly default?: string;
}

/** Returns the environment variable that a flag takes precedence over. */
export function variableOf(name: string): string {
  return `TOWPATH_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Returns the value of a flag in a synopsis, or undefined for a flag that is true or false. */
export function placeholderOf(form: InputForm['form']): string | undefined {
  if (typeof form !== 'string') return form.join('|');
  return placeholders[form];
}

const placeholders: Readonly<Record<Extract<InputForm['form'], string>, string | undefined>> = {
  flag: undefined,
  text: 'text',
  list: 'list',
  pairs: 'NAME=value',
  duration: 'duration',
  count: 'number',
  role: 'arn',
};

/** Whether a flag can be given several times. Each time adds a line. */
export function isRepeatable(form: InputForm['form']): boolean {
  return form === 'list' || form === 'pairs';
}
