export { chooseScanners, type ChosenScanner } from './choose-scanners.ts';
export { scanImages, type ScannedReport, type ScanTarget, type SkippedScan } from './scan-images.ts';
export { titles } from './scanner.ts';
