/** One piece of a pattern: which character it takes, and whether it takes any number of them. */
export interface Piece {
  readonly takes: (character: string) => boolean;
  readonly isMany: boolean;
}

export interface Match {
  readonly shortest: number | undefined;
  readonly longest: number | undefined;
  readonly looked: number;
}

/**
 * Where the matches of a pattern from a place on may end. Every character is looked at once, with the set of pieces that
 * may come next: the time is at most that of length × pieces, whatever the pattern.
 *
 * @param isFirst whether the first end is enough
 * @returns the shortest and the longest end, undefined if nothing matches, and how many characters were looked at
 */
export function matchEnds(
  pieces: readonly Piece[],
  characters: readonly string[],
  start: number,
  isFirst: boolean,
): Match {
  let states = reach(pieces, [0]);
  let shortest: number | undefined;
  let longest: number | undefined;
  let at = start;
  for (; ; at += 1) {
    if (states.includes(pieces.length)) {
      shortest ??= at;
      longest = at;
      if (isFirst) break;
    }
    const character = characters[at];
    if (character === undefined || states.length === 0) break;
    const next: number[] = [];
    for (const state of states) {
      const piece = pieces[state];
      if (piece?.takes(character) === true) next.push(piece.isMany ? state : state + 1);
    }
    states = reach(pieces, next);
  }
  return { shortest, longest, looked: at - start };
}

/** The pieces that may come next: one that takes any number may also take none. */
function reach(pieces: readonly Piece[], from: readonly number[]): readonly number[] {
  const found = new Set<number>();
  for (let state of from) {
    found.add(state);
    while (pieces[state]?.isMany === true) {
      state += 1;
      found.add(state);
    }
  }
  return [...found];
}
