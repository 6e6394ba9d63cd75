import { describe, expect, test } from '@jest/globals';
import { changesIn } from './apt.js';

describe('changesIn', () => {
  test('returns nothing for a plan that only adds packages', () => {
    const plan = `Inst libseccomp2 (2.5.4-1+deb12u1 Debian:12.14/oldstable [amd64])
Inst runc (1.1.5+ds1-1+deb12u1 Debian:12.14/oldstable [amd64])
Conf runc (1.1.5+ds1-1+deb12u1 Debian:12.14/oldstable [amd64])
`;
    expect(changesIn(plan)).toEqual([]);
  });

  test('returns the packages that would be upgraded or removed', () => {
    const plan = `Remv moby-runc [1.1.9-1]
Inst libc6 [2.36-9+deb12u10] (2.41-12 Debian:13.2/stable [amd64])
Inst runc (1.1.15+ds1-2+b4 Debian:13.2/stable [amd64])
`;
    expect(changesIn(plan)).toEqual(['moby-runc', 'libc6']);
  });
});
