export { useFolder, useParent, type Folder, type FolderOptions } from './folder.ts';
export { requireWritable, removeFileInside, writeFileInside, type WriteOptions } from './write.ts';
