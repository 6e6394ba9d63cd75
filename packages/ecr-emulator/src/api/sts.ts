import { partitionInArn, partitionOf } from '@towpath/reference';
import { parseRoleArn, type RoleName } from '../access/arn.ts';
import { denialReason } from '../access/authorize.ts';
import { identify } from '../access/identify.ts';
import type { Caller } from '../access/caller.ts';
import { decide } from '../access/policy.ts';
import { issueSession, type Session } from '../access/session.ts';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import { Refusal } from '../refusal.ts';
import { verifyWebIdentity, type WebIdentity } from './web-identity.ts';
import { ownProperty } from '../own-property.ts';

const maxInput = 64 * 1024;
const hour = 3600;

/** Handles STS requests for identities and roles in the query protocol: form data in, XML out. */
export async function sts(ecr: Ecr, exchange: Exchange): Promise<void> {
  const form = new URLSearchParams((await exchange.bytes(maxInput)).toString('utf8'));
  const action = form.get('Action') ?? '';
  exchange.operation = `sts:${action}`;
  const operation = ownProperty(operations, action);
  if (operation === undefined) {
    throw new Refusal('InvalidAction', `Could not find operation ${action} for version 2011-06-15`);
  }
  const result = operation({ ecr, exchange, form });
  await respond(exchange, 200, {
    [`${action}Response`]: {
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: exchange.requestId },
    },
  });
}

/** Answers with an error. STS has its own names for some exceptions. */
export async function refuseSts(exchange: Exchange, { exception, message }: Refusal): Promise<void> {
  const code = names[exception] ?? exception;
  const status =
    { ServerException: 500, ServiceUnavailableException: 503 }[exception] ?? statuses[code] ?? 403;
  await respond(exchange, status, {
    ErrorResponse: {
      Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
      RequestId: exchange.requestId,
    },
  });
}

const names: Readonly<Record<string, string>> = {
  UnrecognizedClientException: 'InvalidClientTokenId',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  ThrottlingException: 'Throttling',
};

const statuses: Readonly<Record<string, number>> = {
  InvalidAction: 400,
  ValidationError: 400,
  InvalidIdentityToken: 400,
  ExpiredTokenException: 400,
  IncompleteSignature: 400,
  Throttling: 400,
};

interface StsCall {
  readonly ecr: Ecr;
  readonly exchange: Exchange;
  readonly form: URLSearchParams;
}

interface Element {
  readonly [name: string]: string | Element;
}

const operations: Readonly<Record<string, (call: StsCall) => Element>> = {
  GetCallerIdentity: ({ ecr, exchange }) => {
    const { arn, account } = identify(ecr, exchange).caller;
    return { Arn: arn, UserId: account, Account: account };
  },
  AssumeRole: (call) => {
    const { caller, region } = identify(call.ecr, call.exchange);
    const arn = call.form.get('RoleArn') ?? '';
    const role = roleIn(
      call,
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole`,
      (name) => partitionInArn(arn) === partitionOf(region).id && trusts(call.ecr, name, caller, arn),
    );
    const chained = caller.arn.includes(':assumed-role/');
    const seconds = durationIn(call.form, chained);
    return assumed(call, role, seconds);
  },
  AssumeRoleWithWebIdentity: (call) => {
    const { ecr, form } = call;
    const identity = verifyWebIdentity(form.get('WebIdentityToken') ?? '', ecr.clock.now());
    const role = roleIn(call, 'Not authorized to perform sts:AssumeRoleWithWebIdentity', (name) =>
      trustsIdentity(ecr, name, identity, form.get('RoleArn') ?? ''),
    );
    return {
      ...assumed(call, role, durationIn(form, false)),
      SubjectFromWebIdentityToken: identity.subject,
      Audience: identity.audience,
      Provider: identity.issuer,
    };
  },
};

interface Role {
  readonly caller: Caller;
  readonly session: string;
}

/** Returns the session of a role of one of the emulator's accounts, if the caller may assume it. */
function roleIn(
  { ecr, exchange, form }: StsCall,
  denial: string,
  isTrusted: (role: RoleName) => boolean,
): Role {
  const arn = form.get('RoleArn') ?? '';
  const session = form.get('RoleSessionName') ?? '';
  const role = parseRoleArn(arn);
  if (role === undefined) throw invalid(`${arn} is invalid`);
  const { account, name } = role;
  const partition = partitionInArn(arn) ?? '';
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
    throw invalid(
      `1 validation error detected: Value '${session}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  }
  if (!ecr.exists(account, partition) || !isTrusted(role)) {
    throw new Refusal('AccessDenied', `${denial} on resource: ${arn}`);
  }
  exchange.account = account;
  return {
    caller: { account, arn: `arn:${partition}:sts::${account}:assumed-role/${name}/${session}` },
    session,
  };
}

/** Whether both the role's trust policy and the caller's own policy allow AssumeRole. */
function trusts(ecr: Ecr, role: RoleName, caller: Caller, resource: string): boolean {
  const trust = ecr.roles.trustPolicyOf(role);
  const identity = ecr.roles.identityPolicyOf(caller);
  const question = { caller, action: 'sts:AssumeRole', resource };
  if (decide([trust], { ...question, byAccount: true }) !== 'allow') return false;
  return denialReason(question, role.account, { identity, resource: [trust] }) === undefined;
}

/** Whether the role's trust policy allows the claims of the identity provider. */
function trustsIdentity(ecr: Ecr, role: RoleName, { issuer, claims }: WebIdentity, roleArn: string): boolean {
  const arn = `arn:${partitionInArn(roleArn) ?? ''}:iam::${role.account}:oidc-provider/${issuer}`;
  const question = {
    caller: { account: role.account, arn },
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: '*',
    context: new Map([...claims].map(([claim, value]) => [`${issuer}:${claim}`.toLowerCase(), value])),
    byAccount: false,
  };
  return decide([ecr.roles.trustPolicyOf(role)], question) === 'allow';
}

/** Returns the duration of a session: 15 minutes to 12 hours, at most 1 hour for a chained role (IAM User Guide, "Role chaining"). */
function durationIn(form: URLSearchParams, chained: boolean): number {
  const seconds = Number(form.get('DurationSeconds') ?? hour);
  if (!Number.isInteger(seconds) || seconds < hour / 4 || seconds > 12 * hour) {
    throw invalid(
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value from 900 to 43200`,
    );
  }
  if (chained && seconds > hour) {
    throw invalid(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  return seconds;
}

function invalid(message: string): Refusal {
  return new Refusal('ValidationError', message);
}

function assumed({ ecr }: StsCall, { caller, session }: Role, seconds: number): Element {
  const issued = issueSession(ecr.secret, caller, ecr.clock.now() + seconds * 1000);
  return {
    AssumedRoleUser: { Arn: caller.arn, AssumedRoleId: `AROA${caller.account}:${session}` },
    Credentials: credentialsOf(issued),
  };
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: Session): Element {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiresAt.toISOString(),
  };
}

async function respond(exchange: Exchange, status: number, document: Element): Promise<void> {
  const [root = ''] = Object.keys(document);
  const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
  const xml = xmlOf(document).replace(`<${root}>`, `<${root} xmlns="${namespace}">`);
  await exchange.send(status, { 'content-type': 'text/xml', 'x-amzn-requestid': exchange.requestId }, xml);
}

function xmlOf(element: Element): string {
  return Object.entries(element)
    .map(
      ([name, content]) =>
        `<${name}>${typeof content === 'string' ? escape(content) : xmlOf(content)}</${name}>`,
    )
    .join('');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
