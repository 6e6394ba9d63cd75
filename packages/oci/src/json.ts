/**
 * What bytes of JSON say; undefined when they are none. Bytes that are no UTF-8 are refused: they would be others once
 * they have been a string, which is how the AWS API takes manifests.
 */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
