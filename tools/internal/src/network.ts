export { readBounded } from './bounded-body.ts';
export { directFetch, hostFetch } from './direct-fetch.ts';
export { networkErrorCode } from './network-error.ts';
export { nodeFetch, type NodeConnector, type NodeRequest } from './node-fetch.ts';
export { redacted, sanitize } from './text.ts';
export { type HttpProxy, openTunnel, type ProxyLogin } from './tunnel.ts';
