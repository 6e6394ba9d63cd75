import { digestOf } from '@towpath/reference';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Descriptor } from '../descriptor.ts';
import { RemoteRepository } from '../remote-repository.ts';
import { Transport } from '../transport.ts';

/** Returns a blob's descriptor and a function that opens its content. */
export function blobOf(content: string | Buffer): { blob: Descriptor; open: () => Promise<Readable> } {
  const bytes = Buffer.from(content);
  const blob = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: digestOf(bytes),
    size: bytes.length,
  };
  return { blob, open: () => Promise.resolve(Readable.from([bytes])) };
}

/** Returns a repository behind an address. Waits take no time and are recorded. */
export function repositoryAt(
  address: string,
  { host = 'registry.example', name = 'payroll/web', login = 'AWS:token' } = {},
): RemoteRepository & { readonly waits: number[] } {
  const waits: number[] = [];
  const clock = {
    sleep: (milliseconds: number) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
  };
  const transport = new Transport({
    authorize: () => Promise.resolve(`Basic ${Buffer.from(login).toString('base64')}`),
    endpoints: new Map([[host, new URL(address)]]),
    env: {},
  });
  return Object.assign(new RemoteRepository(transport, { clock }, host, name), { waits });
}

/** The response of a scripted server to a request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Sends the response after the whole request has arrived. */
export const afterwards =
  (answer: Answer): Answer =>
  (request, response) => {
    request.resume().once('end', () => {
      answer(request, response);
    });
  };
