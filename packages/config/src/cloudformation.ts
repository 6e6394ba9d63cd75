import type { CollectionTag, ScalarTag, Tags } from 'yaml';

/** The short forms of CloudFormation's intrinsic functions (CloudFormation User Guide, "Intrinsic function reference"). */
const functions = [
  'And',
  'Base64',
  'Cidr',
  'Condition',
  'Equals',
  'FindInMap',
  'ForEach',
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

/** They are read past, not evaluated: what they stand on keeps its shape. */
export const cloudFormationTags: Tags = functions.flatMap((name): (ScalarTag | CollectionTag)[] => [
  { tag: `!${name}`, resolve: (text: string) => text },
  { tag: `!${name}`, collection: 'seq' },
  { tag: `!${name}`, collection: 'map' },
]);
