import { parseRoleArn, roleOfSession, type RoleName } from './arn.ts';
import type { Caller } from './caller.ts';
import { parsePolicy, type Policy } from './policy.ts';

/** Roles by their ARN: policy documents as IAM has them, but as objects. */
export type RoleScripts = Readonly<Record<string, RoleScript>>;

/** A role as IAM keeps it. */
export interface RoleScript {
  /** What it may do; without it everything in its account, as everybody else. */
  readonly policy?: object;
  /** Who may assume it; without it everybody. */
  readonly trust?: object;
}

interface Role {
  readonly identity: Policy | undefined;
  readonly trust: Policy | undefined;
}

/** The roles of all accounts that have policies. There is no IAM here: whoever drives the emulator says them. */
export class Roles {
  #scripts: RoleScripts = {};
  readonly #roles = new Map<string, Role>();

  get scripts(): RoleScripts {
    return this.#scripts;
  }

  /**
   * Adds roles; one of the same name is replaced.
   *
   * @throws SyntaxError saying what is wrong with which role
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

  /** What bounds the caller, or undefined when nothing does. */
  identityPolicyOf({ arn }: Caller): Policy | undefined {
    const role = roleOfSession(arn);
    return role === undefined ? undefined : this.#roles.get(keyOf(role))?.identity;
  }

  /** Who may assume the role. */
  trustPolicyOf(role: RoleName): Policy {
    return this.#roles.get(keyOf(role))?.trust ?? everybody;
  }
}

const everybody = parsePolicy('{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:*"}}', 'trust');

function keyOf({ account, name }: RoleName): string {
  return `${account}/${name}`;
}

function roleIn(arn: string): RoleName {
  const role = parseRoleArn(arn);
  if (role === undefined) throw new SyntaxError(`${arn} is no ARN of a role`);
  return role;
}

function parse(arn: string, { policy, trust, ...unknown }: RoleScript): Role {
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new SyntaxError(`${arn}: unknown ${name} (known: policy, trust)`);
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
