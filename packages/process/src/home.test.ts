import { expect, test } from '@jest/globals';
import { ensureHome } from './home.ts';

const temp = '/runner/temp';

function unknownUser(): never {
  throw Object.assign(new Error('uv_os_homedir returned ENOENT'), { code: 'ERR_SYSTEM_ERROR' });
}

test.each([
  ['HOME of the job', { HOME: '/github/home' }, unknownUser, '/github/home'],
  ['home of the user if HOME is not set', {}, () => '/home/ci', '/home/ci'],
  ['home of the user if HOME is empty', { HOME: '' }, () => '/home/ci', '/home/ci'],
  ['folder for temporary files for an unknown user', {}, unknownUser, temp],
])('the home is the %s', (_, env: Record<string, string | undefined>, userHome: () => string, home) => {
  ensureHome(env, temp, userHome);
  expect(env.HOME).toBe(home);
});

test('reports another error of the system', () => {
  const defect = (): never => {
    throw new TypeError('no');
  };
  expect(() => {
    ensureHome({}, temp, defect);
  }).toThrow('no');
});
