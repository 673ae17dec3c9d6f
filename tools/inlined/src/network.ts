export { readBounded } from './bounded-body.ts';
export { directFetch } from './direct-fetch.ts';
export { networkErrorCode } from './network-error.ts';
export { sanitize } from './text.ts';
