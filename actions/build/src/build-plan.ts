import type { Builder, BuildRequest } from '@towpath/buildx';
import type { AttestationMode } from '@towpath/config';
import type { Docker } from '@towpath/docker';
import type { BuiltImage, Source } from '@towpath/image-set';
import type { Digest } from '@towpath/reference';
import type { PlannedLogin } from '@towpath/reuse';
import type { BuildInputs } from './inputs.ts';
import type { ScanTerms } from './scan/scan-terms.ts';

/** A map as JSON entries, in its order. */
export type Entries<T> = readonly (readonly [name: string, value: T])[];

/** The members of a request, with maps as entries. */
type AsData<T> = { readonly [K in keyof T]: T[K] extends ReadonlyMap<string, infer V> ? Entries<V> : T[K] };

/** How one image is built. */
export interface PlannedBuild {
  readonly name: string;
  /** The path of its Dockerfile, relative to the repository. */
  readonly dockerfile: string;
  /** Whether it is part of the image set. If not, it is built only because other images depend on it. */
  readonly wanted: boolean;
  /** Why it is built although reuse is enabled. */
  readonly why?: string;
  readonly fingerprint: string;
  readonly bases: Entries<Digest>;
  /** The request to buildx, without the output folder, which is created later. */
  readonly request: AsData<Omit<BuildRequest, 'output'>>;
  /** Whether the proxy of the run is passed to its steps. */
  readonly isProxied: boolean;
  /** The text that replaces its Dockerfile. If absent, the Dockerfile is used unchanged. */
  readonly rewritten?: { readonly from: string; readonly text: string };
  /** Whether each platform is built separately because the builder has several nodes. */
  readonly apart: boolean;
  /** The images that it is built on: context name → image name. */
  readonly targets: Entries<string>;
}

/** What `build` does. Passes through JSON before it is executed. */
export interface BuildPlan {
  /** Sorted: an image comes after the images that it is built on. */
  readonly builds: readonly PlannedBuild[];
  /** The images that are reused, and why. */
  readonly reused: readonly { readonly image: BuiltImage; readonly why: string }[];
  /** The names of the images in the set, in the order of the configuration. */
  readonly wanted: readonly string[];
  /** The maximum number of images to build at the same time. */
  readonly parallel: number;
  readonly attestations: AttestationMode;
  /** Private base images that are not available. If there are any, nothing is built. */
  readonly withheld: readonly string[];
  readonly builder: Builder;
  readonly logins: readonly PlannedLogin[];
  /** The Docker daemon to load images into for tests. */
  readonly daemon?: Docker;
  readonly source: Source;
  readonly imageSet: string;
  /** How the built images are scanned. Undefined: not at all. */
  readonly scan?: ScanTerms;
  /** The files for the report of the scan, relative to the workspace. */
  readonly files: Pick<BuildInputs, 'sarifOut' | 'reportOut'>;
  /** Whether all images of the configuration are built. */
  readonly isComplete: boolean;
}
