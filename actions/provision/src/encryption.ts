import { keyOfAlias, type Encryption } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Session } from '@towpath/session';
import { partitionOf } from '@towpath/reference';
import type { Blocked } from './difference.ts';
import type { AliasedKey, LiveRepository } from './live-repository.ts';
import type { PrivateRegistryRef, Target } from './targets.ts';

/** Returns the key of an alias in the account and region of a registry. */
export type AliasReader = (registry: PrivateRegistryRef, alias: string) => Promise<AliasedKey>;

/** Returns a reader that asks AWS once for each alias, although many repositories have it. */
export function aliasReader(session: Session): AliasReader {
  const found = new Map<string, Promise<AliasedKey>>();
  return (registry, alias) => {
    const arn = keyArn(registry, alias);
    const answer = found.get(arn) ?? readAlias(registry, arn, session);
    found.set(arn, answer);
    return answer;
  };
}

async function readAlias(registry: PrivateRegistryRef, alias: string, session: Session): Promise<AliasedKey> {
  try {
    const arn = await keyOfAlias(session.aws(registry), registry, alias);
    return arn === undefined ? { kind: 'missing' } : { kind: 'known', arn };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'access-denied') throw error;
    return { kind: 'denied', why: error.message };
  }
}

/** Returns the alias that must be read to compare the encryption, or undefined. */
export function aliasToRead(
  { written: { encryption } }: Pick<Target, 'written'>,
  live: Encryption,
): string | undefined {
  const [wanted, found] = [keyOf(encryption), keyOf(live)];
  if (encryption?.type !== live.type || wanted === undefined || !isAlias(wanted) || wanted === found)
    return undefined;
  return wanted;
}

/** Returns the ARN of a key or an alias, which KMS accepts from other accounts, too. */
export function keyArn({ account, region }: PrivateRegistryRef, key: string): string {
  if (key.startsWith('arn:')) return key;
  const name = key.startsWith('alias/') ? key : `key/${key}`;
  return `arn:${partitionOf(region).id}:kms:${region}:${account}:${name}`;
}

/** Compares the encryption, which ECR fixes when it creates the repository. Keys are compared by their ARNs. */
export function compareEncryption(
  { registry, written: { encryption } }: Target,
  { name, encryption: found, aliasedKey }: LiveRepository,
): { readonly blocked: readonly Blocked[]; readonly warnings: readonly string[] } {
  if (encryption === undefined) return { blocked: [], warnings: [] };
  const wanted = keyOf(encryption);
  if (aliasedKey?.kind === 'denied')
    return {
      blocked: [],
      warnings: [
        `The encryption of ${name} was not compared: whether ${wanted ?? ''} names ${keyOf(found) ?? 'its key'} is unknown. ${aliasedKey.why} Grant kms:DescribeKey, or write the ARN of the key.`,
      ],
    };
  if (aliasedKey?.kind === 'missing')
    return {
      warnings: [],
      blocked: [
        {
          setting: 'encryption',
          message: `The encryption of ${name} is ${encryptionText(found)}, and the alias ${wanted ?? ''} does not exist.`,
          hint: 'Write an alias that exists in the account and region of the registry, or the ARN of the key.',
        },
      ],
    };
  const key = aliasedKey?.arn ?? (wanted === undefined ? undefined : keyArn(registry, wanted));
  const isSameKey = wanted === undefined || wanted === keyOf(found) || key === keyOf(found);
  if (encryption.type === found.type && isSameKey) return { blocked: [], warnings: [] };
  const named = aliasedKey === undefined ? '' : ` (${aliasedKey.arn})`;
  return {
    warnings: [],
    blocked: [
      {
        setting: 'encryption',
        message: `The encryption of ${name} is ${encryptionText(found)}, not ${encryptionText(encryption)}${named}. It cannot change.`,
        hint: `Create another repository with this encryption, set it as the repository of the image, publish and promote into it, and remove ${name} when nothing runs its images.`,
      },
    ],
  };
}

function keyOf(encryption: Encryption | undefined): string | undefined {
  return encryption !== undefined && 'key' in encryption ? encryption.key : undefined;
}

/** Whether a key is written as an alias, so that only AWS knows which key it is. */
export function isAlias(key: string): boolean {
  return /(?:^|:)alias\//.test(key);
}

function encryptionText(encryption: Encryption): string {
  const key = keyOf(encryption);
  return key === undefined ? encryption.type : `${encryption.type} with ${key}`;
}
