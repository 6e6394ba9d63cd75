export { fuzz, fuzzFactor, inTime, survivesAttacks, type Corpus, type Pieces } from './fuzz.ts';
