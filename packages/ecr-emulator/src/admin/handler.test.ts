import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { startEmulator, type Emulator } from '../emulator.ts';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ accounts: ['111122223333'] });
});

afterAll(() => emulator.close());

/** The status that the back door answers; fetch lets nobody choose the host. */
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
  { name: 'a program that says localhost', headers: { host: 'localhost:1' }, expected: 200 },
  { name: 'a program that says ::1', headers: { host: '[::1]:1' }, expected: 200 },
  { name: 'a page', headers: { origin: 'https://evil.example' }, expected: 403 },
  { name: 'a page without an origin of its own', headers: { origin: 'null' }, expected: 403 },
  { name: 'a page on localhost', headers: { origin: 'http://localhost:8080' }, expected: 403 },
  { name: 'a name that resolves to loopback', headers: { host: 'rebound.example' }, expected: 403 },
  { name: 'a name that begins like loopback', headers: { host: '127.0.0.1.evil.example' }, expected: 403 },
])('the back door answers $name with $expected', async ({ headers, expected }) => {
  expect(await statusOf(headers)).toBe(expected);
});

test('a page cannot change anything either', async () => {
  expect(await statusOf({ origin: 'https://evil.example' }, 'DELETE')).toBe(403);
});
