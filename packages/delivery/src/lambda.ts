import { lambdaHostRefusals, type LambdaRefusal } from '@towpath/config';
import type { Problem } from '@towpath/errors';
import type { Annotation } from '@towpath/flow';
import { labelOf } from '@towpath/reference';
import type { Delivery } from './delivery.ts';

/** The parts of a delivery that are checked. */
type Delivered = Pick<Delivery, 'name' | 'root' | 'location' | 'lambda'>;

/**
 * Returns why AWS Lambda cannot run an image with `lambda: true` from its target repository (Lambda developer guide,
 * "Create a Lambda function using a container image"). Empty if it can, and for other images.
 */
export function lambdaRefusals({ name, root, location, lambda }: Delivered): readonly Problem[] {
  if (lambda !== true) return [];
  const refusals = [...manifestRefusals(root), ...lambdaHostRefusals(location.registry)];
  return refusals.map(([what, fix]): Problem => ({
    code: 'lambda-unsupported',
    message: `Image ${name} has lambda: true, ${what}`,
    hint: `${fix} for ${name}.`,
  }));
}

function manifestRefusals(root: Delivered['root']): readonly LambdaRefusal[] {
  if (root.kind === 'index')
    return [
      [
        `and ${root.digest} is an index of ${root.manifests.length} manifests. AWS Lambda runs a manifest of one platform only.`,
        'Publish a version that is built with one platform and without attestations: index',
      ],
    ];
  const layer = root.layers.find(({ mediaType }) => mediaType.endsWith('zstd'));
  if (layer === undefined) return [];
  return [
    [
      `and its layer ${layer.digest} is ${layer.mediaType}. AWS Lambda does not run layers of zstd.`,
      'Publish a version that is built with compression: { type: gzip, force: true }',
    ],
  ];
}

/** Returns the notice about the region in which functions can use the image. */
export function annotateLambda({ name, location, lambda }: Delivered): readonly Annotation[] {
  const { registry } = location;
  if (lambda !== true || registry.kind !== 'private') return [];
  const message = `Image ${name} has lambda: true. Only AWS Lambda functions in ${registry.region} can run ${labelOf(location)}.`;
  return [{ level: 'notice', message }];
}
