export { codes, type Code } from './codes.ts';
export { endingOf, endings, type Ending } from './endings.ts';
export { CodedError, OutsideError, type Details, type OutsideDetails } from './coded-error.ts';
export { nearest, suggest } from './nearest.ts';
export { formatPosition, type FilePosition, type Problem } from './problem.ts';
