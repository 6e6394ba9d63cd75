export { useFolder, useParent, type Folder, type FolderOptions } from './folder.ts';
export { demandWritable, removeFileInside, writeFileInside, type WriteOptions } from './write.ts';
