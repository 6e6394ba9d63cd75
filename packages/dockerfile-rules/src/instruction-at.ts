import type { Instruction } from '@towpath/dockerfile';

/** Returns the instruction that a line is in or before; undefined after the last one. */
export function instructionAt(instructions: readonly Instruction[], line: number): Instruction | undefined {
  let [low, high] = [0, instructions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instructions[middle]?.lastLine ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return instructions[low];
}
