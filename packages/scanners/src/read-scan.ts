import { matchReport, readReport, type ImageIdentity, type Report } from '@towpath/findings';

/**
 * Reads the report of a scanner about an image.
 *
 * @param label what messages call the report
 * @returns the report, and why it cannot be about the image
 * @throws CodedError if it is no report, or exceeds a limit
 */
export function readScan(
  text: string,
  label: string,
  image: ImageIdentity,
): { readonly report: Report; readonly contradiction: string | undefined } {
  const report = readReport(text, label);
  return { report, contradiction: contradictionOf(report, image) };
}

/**
 * Returns why a report cannot be about the image. A report without any id counts: the scanner read this image only. The
 * applications in an image have no id of their own.
 */
function contradictionOf(report: Report, image: ImageIdentity): string | undefined {
  for (const subject of report.subjects) {
    const { result, reason } = matchReport({ ...report, subjects: [{ ...subject, type: 'image' }] }, image);
    if (result === 'other') return reason;
  }
  return report.subjects.length === 0 ? 'It names no image.' : undefined;
}
