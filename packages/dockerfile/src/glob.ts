/** One element of a pattern. It matches one character, or any number of them. */
export interface Piece {
  readonly takes: (character: string) => boolean;
  readonly isMany: boolean;
}

export interface Match {
  readonly shortest: number | undefined;
  readonly longest: number | undefined;
  /** The number of characters examined. */
  readonly examined: number;
}

/**
 * Finds the possible ends of a match that begins at `start`. Examines each character once, with the set of pieces that
 * may come next, so that the time is at most length × pieces for any pattern.
 *
 * @param isFirst whether to stop at the first end
 * @returns the shortest and the longest end, both undefined if the pattern does not match
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
  return { shortest, longest, examined: at - start };
}

/** Returns the pieces that may come next. A piece that matches any number of characters may match none. */
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
