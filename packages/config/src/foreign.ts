import { isMap, isScalar, type Node } from 'yaml';

/** Tags that only state the type of a value (YAML 1.2.2, "Core Schema"). */
const coreTag = /^tag:yaml\.org,2002:(?:bool|float|int|map|null|seq|str)$/;

/**
 * Returns the CloudFormation function or custom tag of a value that other tools evaluate. That is a tag
 * outside YAML's core schema, such as `!Sub`, or a CloudFormation function in its long form, `Fn::Sub`
 * (CloudFormation User Guide, "Intrinsic function reference").
 */
export function foreignName(node: Node): string | undefined {
  const { tag } = node;
  if (tag !== undefined && !coreTag.test(tag)) return tag.replace(/^tag:yaml\.org,2002:/, '!!');
  const [pair, ...others] = isMap(node) ? node.items : [];
  const name = others.length === 0 && isScalar(pair?.key) ? pair.key.value : undefined;
  return typeof name === 'string' && name.startsWith('Fn::') ? name : undefined;
}
