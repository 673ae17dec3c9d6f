import type { ServerResponse } from 'node:http';

/** What goes wrong with one answer of a fake. */
export type Fault =
  /** The request is read and never answered. */
  | { readonly kind: 'hang' }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** Headers and the first byte of a body, then nothing: a deadline that ends with the headers misses it. */
  | { readonly kind: 'drip' }
  /** Headers that promise more than is sent before the connection ends: a length, or (`chunked`) an end. */
  | { readonly kind: 'truncate'; readonly body: string; readonly chunked?: boolean }
  /** Another answer than the true one. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** Answers `response` as `fault` says. */
export function applyFault(fault: Fault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'drip':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
      return;
    case 'truncate':
      response.setHeader('content-type', 'application/json');
      if (fault.chunked !== true) response.setHeader('content-length', Buffer.byteLength(fault.body) + 100);
      response.write(fault.body, () => response.socket?.destroy());
      return;
    case 'answer':
      response.writeHead(fault.status, fault.headers ?? { 'content-type': 'application/json' });
      response.end(fault.body);
  }
}
