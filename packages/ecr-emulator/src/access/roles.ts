import { parseRoleArn, roleOfSession, type RoleName } from './arn.ts';
import type { Caller } from './caller.ts';
import { parsePolicy, type Policy } from './policy.ts';

/** Roles by their ARN, with IAM policy documents as objects. */
export type RoleScripts = Readonly<Record<string, RoleScript>>;

/** The policies of a role. */
export interface RoleScript {
  /** The identity policy. Default: all actions in the role's account. */
  readonly policy?: object;
  /** The trust policy. Default: everyone may assume the role. */
  readonly trust?: object;
}

interface Role {
  readonly identity: Policy | undefined;
  readonly trust: Policy | undefined;
}

/** The roles with policies in all accounts. The emulator has no IAM, so the roles come from its options and admin API. */
export class Roles {
  #scripts: RoleScripts = {};
  readonly #roles = new Map<string, Role>();

  get scripts(): RoleScripts {
    return this.#scripts;
  }

  /**
   * Adds roles, and replaces roles of the same name.
   *
   * @throws SyntaxError with the role and its error
   */
  add(scripts: RoleScripts): void {
    const parsed = Object.entries(scripts).map(
      ([arn, script]) => [keyOf(roleIn(arn)), parse(arn, script)] as const,
    );
    for (const [key, role] of parsed) this.#roles.set(key, role);
    this.#scripts = { ...this.#scripts, ...scripts };
  }

  clear(): void {
    this.#scripts = {};
    this.#roles.clear();
  }

  /** Returns the identity policy of the caller, or undefined for a caller without limits. */
  identityPolicyOf({ arn }: Caller): Policy | undefined {
    const role = roleOfSession(arn);
    return role === undefined ? undefined : this.#roles.get(keyOf(role))?.identity;
  }

  /** Returns the trust policy of a role. */
  trustPolicyOf(role: RoleName): Policy {
    return this.#roles.get(keyOf(role))?.trust ?? anyone;
  }
}

const anyone = parsePolicy('{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:*"}}', 'trust');

function keyOf({ account, name }: RoleName): string {
  return `${account}/${name}`;
}

function roleIn(arn: string): RoleName {
  const role = parseRoleArn(arn);
  if (role === undefined) throw new SyntaxError(`${arn} is not the ARN of a role`);
  return role;
}

function parse(arn: string, { policy, trust, ...unknown }: RoleScript): Role {
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new SyntaxError(`${arn}: unknown ${name} (valid: policy, trust)`);
  try {
    return {
      identity: policy && parsePolicy(JSON.stringify(policy), 'identity'),
      trust: trust && parsePolicy(JSON.stringify(trust), 'trust'),
    };
  } catch (error) {
    if (error instanceof SyntaxError) throw new SyntaxError(`${arn}: ${error.message}`, { cause: error });
    throw error;
  }
}
