import { rankedSeverities } from '@towpath/findings/severity';
import { isDigest } from '@towpath/reference';
import * as z from 'zod';

const digest = z.string().refine(isDigest, { error: 'must be a sha256 digest' });
const verdict = z.enum(['pass', 'fail', 'unknown']);
const problem = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

const finding = z.object({
  id: z.string().describe('The CVE, or the id of the scanner'),
  aliases: z.array(z.string()).describe('All other ids'),
  package: z
    .object({
      name: z.string(),
      version: z.string().optional(),
      type: z.string().optional().describe('The type of a package URL, e.g. `deb`'),
      path: z.string().optional().describe('The file in the image that contains the package'),
      layer: z.string().optional().describe('The digest of the layer'),
    })
    .optional(),
  fix: z.object({
    state: z.enum(['fixed', 'partial', 'none', 'wont-fix', 'unknown']),
    versions: z.array(z.string()).describe('In the order of the scanner'),
  }),
  severity: z.enum(rankedSeverities),
  rating: z.string().optional().describe('The word of the scanner, if `severity` is `unknown`'),
  cvss: z.array(
    z.object({
      version: z.enum(['2.0', '3.0', '3.1', '4.0']),
      vector: z.string().optional(),
      score: z.number(),
      source: z.string().optional(),
    }),
  ),
  epss: z.object({ score: z.number(), percentile: z.number().optional() }).optional(),
  isExploited: z.boolean().optional().describe('Whether the CISA catalog KEV lists it'),
  hasExploit: z.boolean().optional().describe('Whether an exploit is public'),
  firstSeen: z.string().optional(),
  published: z.string().optional(),
  fixAvailableSince: z.string().optional(),
  title: z.string().optional(),
  uri: z.string().optional(),
  source: z.string().describe('The scanner'),
});

const violation = z.object({
  finding,
  reasons: z.array(z.string()).describe('The rules that it breaks'),
  origin: z.enum(['base', 'application']).optional(),
  since: z
    .enum(['introduced', 'published', 'earlier'])
    .optional()
    .describe('Relative to the baseline. `earlier`: it failed at an earlier reading'),
});

const platform = z.object({
  platform: z.string().optional().describe('Missing for an image without an index'),
  digest,
  status: z.string().describe('The status of the scan'),
  scannedAt: z.string().optional().describe('The end of the scan'),
  verdict,
  reason: problem.optional().describe('Why it does not pass'),
  counts: z.record(z.enum(rankedSeverities), z.int()).describe('All findings by severity'),
  violations: z.array(violation).describe('The findings that fail, the worst first'),
  accepted: z.array(
    z.object({
      finding,
      by: z.enum(['ignore', 'vex']),
      reason: z.string(),
      owner: z.string().optional(),
      until: z.string().optional().describe('The last day'),
    }),
  ),
  deferred: z
    .array(z.object({ finding, until: z.string(), reasons: z.array(z.string()) }))
    .describe('The findings within their grace period'),
  known: z
    .array(violation)
    .describe('The findings that the baseline has, too, or that failed at an earlier reading'),
  allowed: z.array(finding).describe('All other findings'),
  notes: z.array(z.string()),
});

/** The schema of the report of a gate. */
export const gateReportSchema = z.object({
  schemaVersion: z.literal(1),
  verdict: verdict.describe('`unknown`: an image has no complete scan'),
  environment: z.string().optional().describe('The environment that was judged, if one was named'),
  reportOnly: z.boolean().describe('Whether the step succeeded whatever the verdict'),
  policy: z.looseObject({}).describe('The policy that the images were judged by'),
  images: z.array(
    z.object({
      name: z.string(),
      repository: z.string().optional().describe('Absent for an image that is only in an image set'),
      digest: digest.describe('The digest of the manifest, or of the index'),
      verdict,
      platforms: z.array(platform),
      skipped: z.array(z.object({ digest, why: z.string() })).describe('Manifests that are not scanned'),
    }),
  ),
  staleIgnores: z.array(
    z.object({
      ignore: z.looseObject({}),
      state: z.enum(['expired', 'ended', 'unused']),
      why: z.string(),
    }),
  ),
  problems: z.array(problem).describe('Why the verdict is not `pass`'),
  warnings: z.array(z.string()),
});

/** The report of a gate. */
export type GateReport = z.infer<typeof gateReportSchema>;
