import type { Instruction } from './instructions.ts';

/** Returns the strings of the JSON form of an instruction; undefined if it has none. */
export function execForm({ words }: Pick<Instruction, 'words'>): readonly string[] | undefined {
  if (words[0]?.text.startsWith('[') !== true) return undefined;
  try {
    const list: unknown = JSON.parse(words.map(({ text }) => text).join(' '));
    return Array.isArray(list) && list.every((one) => typeof one === 'string') ? list : undefined;
  } catch {
    // BuildKit reads it as words, too.
    return undefined;
  }
}

/** Returns the arguments of an instruction, in either form. */
export function argumentsOf(instruction: Pick<Instruction, 'words'>): readonly string[] {
  return execForm(instruction) ?? instruction.words.map(({ text }) => text);
}
