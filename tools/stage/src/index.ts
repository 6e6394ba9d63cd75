export { Account, type Caller } from './account.ts';
export { startBuilder, type OwnBuilder } from './builder.ts';
export { startCorporateProxy, type CorporateProxy, type ProxiedRequest } from './corporate-proxy.ts';
export { startEmulator, type EmulatorProcess, type LoggedRequest } from './emulator-process.ts';
export { certificate, tlsEntrance, type TlsEntrance } from './https.ts';
export { pushImage, type Destination } from './push-image.ts';
export { bundleActions } from './bundles.ts';
export { checkOut, cloneCheckout, type Checkout } from './checkout.ts';
export { setStage, team, type Stage } from './stage.ts';
