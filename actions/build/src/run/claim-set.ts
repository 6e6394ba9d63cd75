import { CodedError } from '@towpath/errors';
import type { Session } from '@towpath/session';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

/**
 * Reserves the folder of the image set until the session closes. Two builds of a job that write the same folder at the
 * same time would each replace the images of the other.
 *
 * The reservation is an abstract socket (unix(7)): the kernel gives its name to one process, and frees it when the
 * process ends, even if it was killed. No process connects to it.
 *
 * @param imageSet absolute path
 * @throws CodedError `image-set-in-use` if another process has reserved it
 */
export async function claimSetFolder(imageSet: string, session: Pick<Session, 'onClose'>): Promise<void> {
  const hash = createHash('sha256').update(imageSet).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(`\0towpath-image-set-${hash}`);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CodedError(
      'image-set-in-use',
      `Another build is writing the image set ${imageSet} at the same time.`,
      {
        hint: 'Give each build a folder of its own, for example image-set: images/web.',
      },
    );
  }
  session.onClose(promisify(server.close.bind(server)));
}
