/** A condition of a policy statement: an operator, a key of the request, and the values to compare with. */
export interface Condition {
  readonly operator: Operator;
  /** The key in lower case. Keys are case-insensitive. */
  readonly key: string;
  readonly values: readonly string[];
}

/** An operator of IAM's grammar (IAM User Guide, "Condition operators"). */
interface Operator {
  readonly compare: (value: string, pattern: string) => boolean;
  /** Whether the condition is met unless a value matches, as with `…Not…`. */
  readonly negated: boolean;
  /** Whether the condition is met by a request without the key, as with `…IfExists` and `ForAllValues:…`. */
  readonly holdsWithout: boolean;
  /** Whether the operator is `Null`, which only checks that the key exists. */
  readonly asksPresence: boolean;
}

type Compare = Operator['compare'];

const equal: Compare = (value, pattern) => value === pattern;
const equalInAnyCase: Compare = (value, pattern) => value.toLowerCase() === pattern.toLowerCase();
const number = (test: (a: number, b: number) => boolean): Compare => {
  return (value, pattern) => test(Number(value), Number(pattern));
};
const time = (test: (a: number, b: number) => boolean): Compare => {
  return (value, pattern) => test(Date.parse(value), Date.parse(pattern));
};

/** The comparisons by operator, without prefix and suffix. Operators with Not are derived from the others. */
const comparisons: ReadonlyMap<string, Compare> = new Map([
  ['StringEquals', equal],
  ['StringEqualsIgnoreCase', equalInAnyCase],
  ['StringLike', (value, pattern) => isLike(value, pattern)],
  ['ArnEquals', (value, pattern) => isLike(value, pattern)],
  ['ArnLike', (value, pattern) => isLike(value, pattern)],
  ['Bool', equalInAnyCase],
  ['BinaryEquals', equal],
  ['NumericEquals', number((a, b) => a === b)],
  ['NumericLessThan', number((a, b) => a < b)],
  ['NumericLessThanEquals', number((a, b) => a <= b)],
  ['NumericGreaterThan', number((a, b) => a > b)],
  ['NumericGreaterThanEquals', number((a, b) => a >= b)],
  ['DateEquals', time((a, b) => a === b)],
  ['DateLessThan', time((a, b) => a < b)],
  ['DateLessThanEquals', time((a, b) => a <= b)],
  ['DateGreaterThan', time((a, b) => a > b)],
  ['DateGreaterThanEquals', time((a, b) => a >= b)],
  // Requests to the emulator have no source address, so the key never exists.
  ['IpAddress', equal],
]);

/** Parses the name of an operator. Returns undefined if IAM has no such operator. */
export function parseOperator(name: string): Operator | undefined {
  if (name === 'Null') return { compare: equal, negated: false, holdsWithout: true, asksPresence: true };
  const parts = /^(?<set>ForAllValues:|ForAnyValue:)?(?<base>[A-Za-z]+?)(?<ifExists>IfExists)?$/.exec(
    name,
  )?.groups;
  const { set, base = '', ifExists } = parts ?? {};
  const positive = base.replace(/^(String|Numeric|Date|Arn)Not|^Not(?=IpAddress)/, '$1');
  const compare = comparisons.get(positive);
  if (compare === undefined) return undefined;
  const negated = positive !== base;
  const holdsWithout = negated || ifExists !== undefined || set === 'ForAllValues:';
  return { compare, negated, holdsWithout, asksPresence: false };
}

/**
 * Whether a condition is met.
 *
 * @param present the keys of the request, in lower case
 */
export function holds({ operator, key, values }: Condition, present: ReadonlyMap<string, string>): boolean {
  const value = present.get(key);
  if (operator.asksPresence) return values.includes(String(value === undefined));
  if (value === undefined) return operator.holdsWithout;
  return values.some((pattern) => operator.compare(value, pattern)) !== operator.negated;
}

/** Whether the text matches the pattern, in which `*` matches any characters and `?` any single one. */
export function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
