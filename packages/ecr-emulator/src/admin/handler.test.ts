import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { startEmulator, type Emulator } from '../emulator.ts';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ accounts: ['111122223333'] });
});

afterAll(() => emulator.close());

/** Returns the status of an admin API request. Uses node:http because fetch does not allow a Host header. */
function statusOf(headers: Readonly<Record<string, string>>, method = 'GET'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${emulator.api}/_emulator/requests`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
}

test.each<{ name: string; headers: Readonly<Record<string, string>>; expected: number }>([
  { name: 'a program', headers: {}, expected: 200 },
  { name: 'a program with host localhost', headers: { host: 'localhost:1' }, expected: 200 },
  { name: 'a program with host ::1', headers: { host: '[::1]:1' }, expected: 200 },
  { name: 'a web page', headers: { origin: 'https://evil.example' }, expected: 403 },
  { name: 'a web page with origin null', headers: { origin: 'null' }, expected: 403 },
  { name: 'a web page on localhost', headers: { origin: 'http://localhost:8080' }, expected: 403 },
  {
    name: 'a request with a host name that may resolve to loopback',
    headers: { host: 'rebound.example' },
    expected: 403,
  },
  {
    name: 'a request with a host name that begins like a loopback address',
    headers: { host: '127.0.0.1.evil.example' },
    expected: 403,
  },
])('the admin API answers $name with $expected', async ({ headers, expected }) => {
  expect(await statusOf(headers)).toBe(expected);
});

test('rejects changes by a web page', async () => {
  expect(await statusOf({ origin: 'https://evil.example' }, 'DELETE')).toBe(403);
});
