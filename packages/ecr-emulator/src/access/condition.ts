/** A condition of a policy's statement: an operator, a key of the request, and the values that it is compared with. */
export interface Condition {
  readonly operator: Operator;
  /** In lower case: keys are the same in any. */
  readonly key: string;
  readonly values: readonly string[];
}

/** An operator of IAM's grammar (IAM User Guide, "Condition operators"). */
interface Operator {
  readonly compare: (value: string, pattern: string) => boolean;
  /** `…Not…`: it holds unless a value matches. */
  readonly negated: boolean;
  /** `…IfExists` and `ForAllValues:…` hold for a key that the request does not have. */
  readonly holdsWithout: boolean;
  /** `Null` asks whether the key is there, and nothing else. */
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

/** What operators compare, without what stands before and after it. Those with a Not are made of the others. */
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
  // No request here has an address that a policy could mean: the key is never there.
  ['IpAddress', equal],
]);

/** The operator of the name, or undefined when IAM has none. */
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

/** @param present the keys of the request, in lower case */
export function holds({ operator, key, values }: Condition, present: ReadonlyMap<string, string>): boolean {
  const value = present.get(key);
  if (operator.asksPresence) return values.includes(String(value === undefined));
  if (value === undefined) return operator.holdsWithout;
  return values.some((pattern) => operator.compare(value, pattern)) !== operator.negated;
}

/** Whether the text is like the pattern, in which `*` stands for any characters and `?` for any one. */
export function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
