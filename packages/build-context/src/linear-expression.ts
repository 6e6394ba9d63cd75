/** A step of a match. It consumes characters, asserts a position, or skips other steps. */
type Step =
  | { readonly kind: 'one' | 'many'; readonly takes: (character: string) => boolean }
  | { readonly kind: 'anchor'; readonly source: string }
  | { readonly kind: 'skip'; readonly by: number };

/** A state of a match: the steps that may come next. */
interface State {
  readonly steps: ReadonlySet<number>;
  /** The states that follow, by the next character and its surroundings. */
  readonly next: Map<string, State>;
}

/** The maximum number of transitions that an expression remembers. A file can have thousands of expressions. */
const maxRemembered = 128;

/**
 * Compiles an expression that matches a whole text in linear time. Examines each character once, with the set of all
 * steps that may come next, so that the time is at most length × pieces. Remembers transitions between these sets, as
 * Go's and RE2's automata do, so that further texts usually take one lookup for each character.
 *
 * @param pieces single characters, classes, anchors (`^`, `$`, `\\b`), and the quantifiers `*` and `(…*…)?`
 */
export function linearExpression(pieces: readonly string[]): Pick<RegExp, 'test'> {
  const steps = stepsOf(pieces);
  const hasBoundaries = pieces.some((piece) => piece === '\\b' || piece === '\\B');
  const starts = new Map<string, State>();
  let states = new Map<string, State>();
  let remembered = 0;
  const stateOf = (from: readonly number[], characters: readonly string[], at: number): State => {
    const reached = reach(steps, from, characters, at);
    const key = [...reached].sort((a, b) => a - b).join();
    const state = states.get(key) ?? { steps: reached, next: new Map() };
    states.set(key, state);
    return state;
  };
  const advance = (state: State, characters: readonly string[], index: number): State => {
    const character = characters[index] ?? '';
    const key = character + surroundings(characters, index + 1, hasBoundaries);
    const known = state.next.get(key);
    if (known !== undefined) return known;
    const following = stateOf(consume(steps, state.steps, character), characters, index + 1);
    if (remembered === maxRemembered) {
      for (const one of states.values()) one.next.clear();
      states = new Map();
      remembered = 0;
    }
    remembered += 1;
    state.next.set(key, following);
    return following;
  };
  return {
    test: (text) => {
      const characters = Array.from(text);
      const key = surroundings(characters, 0, hasBoundaries);
      let state = starts.get(key) ?? stateOf([0], characters, 0);
      starts.set(key, state);
      for (const index of characters.keys()) {
        state = advance(state, characters, index);
        if (state.steps.size === 0) return false;
      }
      return state.steps.has(steps.length);
    },
  };
}

/** Returns what anchors depend on at a position. */
function surroundings(characters: readonly string[], at: number, hasBoundaries: boolean): string {
  const end = at === characters.length ? '$' : '';
  return hasBoundaries ? `${end}${holds('\\b', characters, at) ? 'b' : 'B'}` : end;
}

/** Returns the steps after a character. */
function consume(steps: readonly Step[], from: ReadonlySet<number>, character: string): readonly number[] {
  const next: number[] = [];
  for (const index of from) {
    const step = steps[index];
    if (step === undefined || !('takes' in step) || !step.takes(character)) continue;
    next.push(step.kind === 'many' ? index : index + 1);
  }
  return next;
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
