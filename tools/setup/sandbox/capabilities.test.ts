import { expect, test } from '@jest/globals';
import { confine, withheldCapabilities } from './capabilities.js';

test.each([
  { mask: '000001ffffffffff', withheld: [] },
  { mask: '000001fffeffffff', withheld: ['CAP_SYS_RESOURCE'] },
  { mask: '000001ffffdffffe', withheld: ['CAP_CHOWN', 'CAP_SYS_ADMIN'] },
])('a process with the mask $mask lacks $withheld', ({ mask, withheld }) => {
  const status = `Name:\tnode\nCapEff:\t0000000000000000\nCapBnd:\t${mask}\nCapAmb:\t0000000000000000\n`;
  expect(withheldCapabilities(status)).toEqual(withheld);
});

test('a container requests no unavailable capability in any of its sets', () => {
  const all = ['CAP_CHOWN', 'CAP_SYS_RESOURCE'];
  const process = { args: ['buildkitd'], capabilities: { bounding: all, effective: all } };
  expect(confine(process, ['CAP_SYS_RESOURCE'])).toEqual({
    args: ['buildkitd'],
    capabilities: { bounding: ['CAP_CHOWN'], effective: ['CAP_CHOWN'] },
  });
});
