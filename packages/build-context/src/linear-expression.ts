/** A step of a match. It consumes characters, asserts a position, or skips other steps. */
type Step =
  | { readonly kind: 'one' | 'many'; readonly takes: (character: string) => boolean }
  | { readonly kind: 'anchor'; readonly source: string }
  | { readonly kind: 'skip'; readonly by: number };

/**
 * Compiles an expression that matches a whole text in linear time. Examines each character once, with the set of all
 * steps that may come next, so that the time is at most length × pieces.
 *
 * @param pieces single characters, classes, anchors (`^`, `$`, `\\b`), and the quantifiers `*` and `(…*…)?`
 */
export function linearExpression(pieces: readonly string[]): Pick<RegExp, 'test'> {
  const steps = stepsOf(pieces);
  return {
    test: (text) => {
      const characters = Array.from(text);
      let states = reach(steps, [0], characters, 0);
      for (const [index, character] of characters.entries()) {
        const next: number[] = [];
        for (const state of states) {
          const step = steps[state];
          if (step === undefined || !('takes' in step) || !step.takes(character)) continue;
          next.push(step.kind === 'many' ? state : state + 1);
        }
        states = reach(steps, next, characters, index + 1);
        if (states.size === 0) return false;
      }
      return states.has(steps.length);
    },
  };
}

function stepsOf(pieces: readonly string[]): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < pieces.length; at += 1) {
    const piece = pieces[at] ?? '';
    if (piece === '(') {
      const end = pieces.indexOf(')', at);
      const group = stepsOf(pieces.slice(at + 1, end));
      steps.push({ kind: 'skip', by: group.length + 1 }, ...group);
      // A question mark follows the closing bracket.
      at = end + 1;
    } else if (['^', '$', '\\b', '\\B'].includes(piece)) steps.push({ kind: 'anchor', source: piece });
    else {
      const isMany = pieces[at + 1] === '*';
      steps.push({ kind: isMany ? 'many' : 'one', takes: taker(piece) });
      if (isMany) at += 1;
    }
  }
  return steps;
}

function taker(source: string): (character: string) => boolean {
  const pattern = new RegExp(`^(?:${source})$`, 'u');
  const known = new Map<string, boolean>();
  return (character) => {
    const before = known.get(character);
    if (before !== undefined) return before;
    const takes = pattern.test(character);
    known.set(character, takes);
    return takes;
  };
}

/** Returns all steps that may come next at a position in the text. */
function reach(
  steps: readonly Step[],
  from: readonly number[],
  characters: readonly string[],
  at: number,
): ReadonlySet<number> {
  const found = new Set<number>();
  const ahead = [...from];
  for (let state = ahead.pop(); state !== undefined; state = ahead.pop()) {
    if (found.has(state)) continue;
    found.add(state);
    const step = steps[state];
    if (step?.kind === 'many') ahead.push(state + 1);
    if (step?.kind === 'skip') ahead.push(state + 1, state + step.by);
    if (step?.kind === 'anchor' && holds(step.source, characters, at)) ahead.push(state + 1);
  }
  return found;
}

function holds(source: string, characters: readonly string[], at: number): boolean {
  if (source === '^') return at === 0;
  if (source === '$') return at === characters.length;
  const isWord = (character: string | undefined) => /^\w$/.test(character ?? '');
  const isBoundary = isWord(characters[at - 1]) !== isWord(characters[at]);
  return isBoundary === (source === '\\b');
}
