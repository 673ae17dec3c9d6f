export { type BodyHolder, type BoundedBody, readBounded } from './bounded-body.ts';
export { directFetch, type DirectRequest } from './direct-fetch.ts';
export { networkErrorCode } from './network-error.ts';
export { sanitize, type SanitizeOptions } from './text.ts';
