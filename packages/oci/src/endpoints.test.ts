import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { dial, parseEndpoints, undial } from './endpoints.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

function mapped(address: string): ReadonlyMap<string, URL> {
  return parseEndpoints(JSON.stringify({ [host]: address }));
}

describe('TOWPATH_REGISTRY_ENDPOINTS', () => {
  test.each([undefined, '', '  ', '{}'])('contains no endpoints: %j', (text) => {
    expect(parseEndpoints(text)).toEqual(new Map());
  });

  test.each([
    'https://proxy.example',
    'https://proxy.example:8443/ecr/',
    'http://127.0.0.1:4567',
    'http://[::1]:4567',
    'http://localhost:4567',
  ])('may map a host to %s', (address) => {
    expect(mapped(address).get(host)?.href).toBe(new URL(address).href);
  });

  test('matches hosts in any case, with their port if any', () => {
    const text = JSON.stringify({
      'Registry.Example': 'https://a.example',
      'registry.example:5000': 'https://b.example',
    });
    expect([...parseEndpoints(text).keys()]).toEqual(['registry.example', 'registry.example:5000']);
  });

  test.each([
    { name: 'invalid JSON', text: 'registry=https://proxy.example', says: 'is not JSON' },
    { name: 'a list', text: '[]', says: 'is not a JSON object' },
    { name: 'null', text: 'null', says: 'is not a JSON object' },
    {
      name: 'a URL as a key',
      text: '{"https://a.example":"https://b.example"}',
      says: 'which is not a host',
    },
    {
      name: 'a registry with its prefix as a key',
      text: '{"a.example/payroll":"https://b.example"}',
      says: 'which is not a host',
    },
    {
      name: 'plain http to another host',
      text: '{"a.example":"http://b.example"}',
      says: 'http://b.example',
    },
    { name: 'another protocol', text: '{"a.example":"ftp://b.example"}', says: 'ftp://b.example' },
    { name: 'an invalid address', text: '{"a.example":"b.example"}', says: '"b.example"' },
    { name: 'a value that is not a text', text: '{"a.example":1}', says: 'to 1' },
  ])('reports an error for $name', ({ text, says }) => {
    const parse = () => parseEndpoints(text);
    expect(parse).toThrow(CodedError);
    expect(parse).toThrow(says);
  });

  test('reports a URL with a password without showing it', () => {
    const parse = () => parseEndpoints('{"a.example":"https://tug:s3cret@b.example/x"}');
    expect(parse).toThrow('https://b.example');
    expect(parse).not.toThrow('s3cret');
  });
});

describe('a registry with an endpoint', () => {
  const url = new URL(`https://${host}/v2/payroll/web/blobs/uploads/?mount=x`);

  test.each([
    {
      address: 'http://127.0.0.1:4567',
      dialled: 'http://127.0.0.1:4567/v2/payroll/web/blobs/uploads/?mount=x',
    },
    {
      address: 'https://proxy.example/',
      dialled: 'https://proxy.example/v2/payroll/web/blobs/uploads/?mount=x',
    },
    {
      address: 'https://proxy.example/ecr',
      dialled: 'https://proxy.example/ecr/v2/payroll/web/blobs/uploads/?mount=x',
    },
    {
      address: 'https://proxy.example/ecr/',
      dialled: 'https://proxy.example/ecr/v2/payroll/web/blobs/uploads/?mount=x',
    },
  ])('is reached at $address, with its prefix', ({ address, dialled }) => {
    expect(dial(mapped(address), url).href).toBe(dialled);
  });

  test('does not affect other hosts', () => {
    const other = new URL('https://other.example/v2/');
    expect(dial(mapped('https://proxy.example'), other)).toBe(other);
  });

  test('cannot be changed by a path that looks like a host', () => {
    const endpoints = mapped('https://proxy.example');
    expect(dial(endpoints, new URL(`https://${host}//thief.example/v2/`)).host).toBe('proxy.example');
    expect(undial(endpoints, 'https://proxy.example//thief.example/v2/', url)?.host).toBe(host);
  });

  test.each([
    {
      name: 'a path',
      location: '/v2/payroll/web/blobs/uploads/1?_state=a%2Bb',
      meant: `https://${host}/v2/payroll/web/blobs/uploads/1?_state=a%2Bb`,
    },
    {
      name: 'a path below the prefix',
      location: '/ecr/v2/payroll/web/blobs/uploads/1',
      meant: `https://${host}/v2/payroll/web/blobs/uploads/1`,
    },
    {
      name: 'a path that only starts like the prefix',
      location: '/ecr-2/v2/x',
      meant: `https://${host}/ecr-2/v2/x`,
    },
    { name: 'a relative path', location: '1', meant: `https://${host}/v2/payroll/web/blobs/uploads/1` },
    {
      name: 'the endpoint address',
      location: 'https://proxy.example/ecr/v2/x',
      meant: `https://${host}/v2/x`,
    },
    { name: 'the real name', location: `https://${host}/v2/x`, meant: `https://${host}/v2/x` },
    {
      name: 'another host',
      location: 'https://bucket.s3.example/layer?signature=1',
      meant: 'https://bucket.s3.example/layer?signature=1',
    },
    { name: 'an invalid address', location: 'http://[', meant: undefined },
  ])('resolves a Location header with $name', ({ location, meant }) => {
    expect(undial(mapped('https://proxy.example/ecr'), location, url)?.href).toBe(meant);
  });

  test('may respond with an absolute or relative location if the endpoint is its own name', () => {
    const found = ['/v2/x', `https://${host}/v2/x`].map((location) => undial(new Map(), location, url)?.href);
    expect(new Set(found)).toEqual(new Set([`https://${host}/v2/x`]));
  });
});
