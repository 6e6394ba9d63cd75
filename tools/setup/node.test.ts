import { describe, expect, test } from '@jest/globals';
import { chooseNode } from './node.js';

describe('chooseNode', () => {
  test('keeps the running Node if it is recent enough', () => {
    const running = { version: '24.5.0', program: '/usr/bin/node' };
    expect(chooseNode([running, { version: '24.21.0', program: 'packaged' }])).toBe('/usr/bin/node');
  });

  test('uses the packaged Node if the running one is too old', () => {
    const running = { version: '20.20.2', program: '/usr/bin/node' };
    expect(chooseNode([running, { version: '24.21.0', program: 'packaged' }])).toBe('packaged');
  });

  test('reports the required and the available versions', () => {
    const running = { version: '20.20.2', program: '/usr/bin/node' };
    expect(() => chooseNode([running])).toThrow(
      'Node.js 24.5 or newer is required. This machine has 20.20.2.',
    );
  });
});
