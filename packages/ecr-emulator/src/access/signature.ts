import { Refusal } from '../refusal.ts';

/** The content of a Signature Version 4 header. The emulator has no secret keys, so it does not verify the signature. */
export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

const credentialPattern =
  /^(?<accessKeyId>[^/]+)\/\d{8}\/(?<region>[a-z0-9-]+)\/(?<service>[a-z0-9.-]+)\/aws4_request$/;

/**
 * @param authorization the Authorization header
 * @throws Refusal with AWS's message if it is missing or malformed (IAM User Guide, "Troubleshoot Signature Version 4")
 */
export function parseSignature(authorization: string | undefined): Signature {
  if (authorization === undefined) {
    throw new Refusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const [algorithm, ...rest] = authorization.split(' ');
  const parts = new Map(
    rest
      .join('')
      .split(',')
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)] as const),
  );
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parts.get(name));
  if (algorithm !== 'AWS4-HMAC-SHA256' || missing.length > 0) {
    throw new Refusal(
      'IncompleteSignatureException',
      `${missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' ')} Authorization=${algorithm ?? ''}`.trim(),
    );
  }
  const scope = credentialPattern.exec(parts.get('Credential') ?? '')?.groups;
  const { accessKeyId, region, service } = scope ?? {};
  if (accessKeyId === undefined || region === undefined || service === undefined) {
    throw new Refusal(
      'IncompleteSignatureException',
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${parts.get('Credential') ?? ''}'`,
    );
  }
  if (!/^[0-9a-f]{64}$/.test(parts.get('Signature') ?? '')) {
    throw new Refusal(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return { accessKeyId, region, service };
}
