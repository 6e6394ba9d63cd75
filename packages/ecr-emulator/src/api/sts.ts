import { parseSignature } from '../access/signature.ts';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import { Refusal } from '../refusal.ts';

const maxInput = 64 * 1024;

/** The part of STS that tells who somebody is, in the query protocol: forms in, XML out. */
export async function sts(ecr: Ecr, exchange: Exchange): Promise<void> {
  try {
    const form = new URLSearchParams((await exchange.bytes(maxInput)).toString('utf8'));
    const action = form.get('Action') ?? '';
    exchange.operation = `sts:${action}`;
    if (action !== 'GetCallerIdentity') {
      throw new Refusal('InvalidAction', `Could not find operation ${action} for version 2011-06-15`);
    }
    const { accessKeyId, region } = parseSignature(exchange.header('authorization'));
    const caller = ecr.callerOf(accessKeyId, region);
    if (caller === undefined) {
      throw new Refusal('InvalidClientTokenId', 'The security token included in the request is invalid.');
    }
    exchange.account = caller.account;
    const result = { Arn: caller.arn, UserId: caller.account, Account: caller.account };
    respond(exchange, 200, { [`${action}Response`]: { [`${action}Result`]: result, ...metadata(exchange) } });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    exchange.error = error.exception;
    respond(exchange, 403, {
      ErrorResponse: {
        Error: { Type: 'Sender', Code: error.exception, Message: error.message },
        RequestId: exchange.requestId,
      },
    });
  }
}

interface Element {
  readonly [name: string]: string | Element;
}

function metadata({ requestId }: Exchange): Element {
  return { ResponseMetadata: { RequestId: requestId } };
}

function respond(exchange: Exchange, status: number, document: Element): void {
  const [root = ''] = Object.keys(document);
  const xml = xmlOf(document).replace(
    `<${root}>`,
    `<${root} xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`,
  );
  exchange.send(status, { 'content-type': 'text/xml', 'x-amzn-requestid': exchange.requestId }, xml);
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
