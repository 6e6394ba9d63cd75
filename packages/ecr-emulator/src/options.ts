import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { EmulatorOptions } from './emulator.ts';
import { parseScripts, type ScanScripts } from './scan/script.ts';

/** The command line is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage =
  'usage: emulator [--port N] [--data DIR] [--account ID[=PARTITION]]… [--region R]… [--findings FILE] [--upstream HOST=URL]… [--quotas] [--without-deviations]';

/** @throws UsageError with the first error */
export function parseOptions(argv: readonly string[]): EmulatorOptions {
  const { port, data, account, region, findings, upstream, quotas, ...flags } = readArguments(argv);
  const accounts = account?.map((one) => one.split('=') as [string, string?]);
  const wrong = accounts?.find(([id]) => !/^\d{12}$/.test(id));
  if (wrong !== undefined) throw new UsageError(`--account ${wrong[0]}: an account has twelve digits`);
  const unknown = accounts?.find(([, partition = 'aws']) => !/^aws(?:-[a-z]+)*$/.test(partition));
  if (unknown !== undefined)
    throw new UsageError(`--account ${unknown.join('=')}: not a partition, such as aws-cn`);
  const invalid = region?.find((name) => !/^[a-z]+(?:-[a-z]+)+-\d+$/.test(name));
  if (invalid !== undefined)
    throw new UsageError(`--region ${invalid}: not a valid region, such as us-east-1`);
  return {
    ...(port !== undefined && { port: parsePort(port) }),
    ...(data !== undefined && { data }),
    ...(accounts !== undefined && {
      accounts: [...new Set(accounts.map(([id]) => id))],
      partitions: Object.fromEntries(
        accounts.flatMap(([id, partition]) => (partition === undefined ? [] : [[id, partition] as const])),
      ),
    }),
    ...(region !== undefined && { regions: [...new Set(region)] }),
    ...(findings !== undefined && { findings: readFindings(findings) }),
    ...(quotas === true && { quotas }),
    ...(flags['without-deviations'] === true && { withoutDeviations: true }),
    ...(upstream !== undefined && { upstreams: Object.fromEntries(upstream.map(parseUpstream)) }),
  };
}

interface Arguments {
  readonly port?: string;
  readonly data?: string;
  readonly account?: string[];
  readonly region?: string[];
  readonly findings?: string;
  readonly upstream?: string[];
  readonly quotas?: boolean;
  readonly 'without-deviations'?: boolean;
}

function readArguments(argv: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      strict: true,
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        account: { type: 'string', multiple: true },
        region: { type: 'string', multiple: true },
        findings: { type: 'string' },
        upstream: { type: 'string', multiple: true },
        quotas: { type: 'boolean' },
        'without-deviations': { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_000)
    throw new UsageError(`--port ${text}: must be a number from 1 to 65000`);
  return port;
}

function parseUpstream(text: string): [string, string] {
  const equals = text.indexOf('=');
  const url = text.slice(equals + 1);
  if (equals < 1 || !URL.canParse(url)) throw new UsageError(`--upstream ${text}: must be HOST=URL`);
  return [text.slice(0, equals), url];
}

function readFindings(file: string): ScanScripts {
  try {
    return parseScripts(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`--findings ${file}: ${(error as Error).message}`);
  }
}
