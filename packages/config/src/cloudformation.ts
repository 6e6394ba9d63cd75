import { Pair, Scalar, YAMLMap, type CollectionTag, type ScalarTag, type Tags, type YAMLSeq } from 'yaml';

/** The short forms of CloudFormation's intrinsic functions (CloudFormation User Guide, "Intrinsic function reference"). */
const functions = [
  'And',
  'Base64',
  'Cidr',
  'Condition',
  'Equals',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'Ref',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
] as const;

/** They are not evaluated: a short form becomes the long one, `!Sub x` becomes `Fn::Sub: x`. */
export const cloudFormationTags: Tags = functions.flatMap((name): (ScalarTag | CollectionTag)[] => {
  const longForm = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
  const wrap = (operand: YAMLMap | YAMLSeq) => {
    const map = new YAMLMap();
    map.items.push(new Pair(new Scalar(longForm), operand));
    return map;
  };
  return [
    { tag: `!${name}`, resolve: (text: string) => ({ [longForm]: text }) },
    { tag: `!${name}`, collection: 'seq', resolve: wrap },
    { tag: `!${name}`, collection: 'map', resolve: wrap },
  ];
});

/** Whether the value is the long form of an intrinsic function. */
export function isIntrinsic(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const [key, ...others] = Object.keys(value);
  return key !== undefined && others.length === 0 && /^(?:Ref|Condition|Fn::.+)$/.test(key);
}
