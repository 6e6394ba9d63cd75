import { jest } from '@jest/globals';
import { kinds, testPublications } from './harness/publication.ts';

jest.setTimeout(300_000);

testPublications(kinds.filter(({ fault: { kind } }) => !/^(?:status|exception|expired-token)$/.test(kind)));
