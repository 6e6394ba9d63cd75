import { isMap, isScalar, type Node } from 'yaml';

/** The tags that say nothing but how a value is written (YAML 1.2.2, "Core Schema"). */
const coreTag = /^tag:yaml\.org,2002:(?:bool|float|int|map|null|seq|str)$/;

/**
 * What tells that a value is for others to evaluate: a tag that is none of YAML's core, such as `!Sub`, or the name of
 * a function of CloudFormation in its long form, `Fn::Sub` (CloudFormation User Guide, "Intrinsic function reference").
 */
export function foreignName(node: Node): string | undefined {
  const { tag } = node;
  if (tag !== undefined && !coreTag.test(tag)) return tag.replace(/^tag:yaml\.org,2002:/, '!!');
  const [pair, ...others] = isMap(node) ? node.items : [];
  const name = others.length === 0 && isScalar(pair?.key) ? pair.key.value : undefined;
  return typeof name === 'string' && name.startsWith('Fn::') ? name : undefined;
}
