import { CodedError } from '@towpath/errors';
import { readReport } from '../read-report.ts';
import type { Report } from '../report.ts';

/** Reads a document as a report. */
export function read(document: unknown): Report {
  return readReport(JSON.stringify(document), 'scan.json');
}

/** Returns the error of a text that is no report. */
export function refusal(text: string): CodedError {
  try {
    readReport(text, 'scan.json');
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('the text was read as a report');
}
