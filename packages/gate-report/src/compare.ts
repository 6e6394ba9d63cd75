/** Compares two texts by their code units. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Compares two texts of digits as numbers of any length. An empty text is zero. */
export function compareNumbers(one: string, other: string): number {
  const [short, otherShort] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return short.length - otherShort.length || compareTexts(short, otherShort);
}
