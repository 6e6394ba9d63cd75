export { useFolder, useParent, type Folder, type FolderOptions } from './folder.ts';
export { openFile, readFileWithin, readTextWithin, type OpenOptions, type ReadOptions } from './read.ts';
export {
  requireWritable,
  requireWritableFile,
  removeFileInside,
  writeFileInside,
  type WriteOptions,
} from './write.ts';
