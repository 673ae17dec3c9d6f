import type { ServerResponse } from 'node:http';
import type { HttpFault, ProperResponse } from './http-fault.ts';
import { pause } from './pause.ts';
import { exchangeClock, parked } from './traffic.ts';

/** Answers as `fault` says; resolves when nothing more is sent, or when the client has left. */
export async function sendFault(
  response: ServerResponse,
  fault: HttpFault,
  proper: ProperResponse,
): Promise<void> {
  if (fault.delayMs !== undefined && !(await wait(response, fault.delayMs))) return;
  const body = Buffer.from(bodyOf(fault, proper));
  switch (fault.connection) {
    case 'hang':
      return;
    case 'drop':
      response.socket?.destroy();
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'truncate':
      startResponse(response, fault, proper, body.length);
      response.write(body.subarray(0, body.length / 2), () => response.destroy());
      return;
    case 'silence':
      startResponse(response, fault, proper, body.length);
      response.flushHeaders();
      return;
    case 'drip':
      startResponse(response, fault, proper);
      await drip(response, body, fault.dripEveryMs ?? 20);
      return;
    case undefined:
      startResponse(response, fault, proper);
      response.end(body);
  }
}

function statusOf({ status, body }: HttpFault, proper: ProperResponse): number {
  return status ?? (typeof body === 'string' ? 200 : (proper.status ?? 200));
}

function bodyOf(fault: HttpFault, proper: ProperResponse): string {
  if (typeof fault.body === 'function') return fault.body(proper);
  return fault.body ?? (statusOf(fault, proper) === (proper.status ?? 200) ? proper.body : '');
}

function startResponse(
  response: ServerResponse,
  fault: HttpFault,
  proper: ProperResponse,
  contentLength?: number,
): void {
  const isProper = fault.status === undefined && typeof fault.body !== 'string';
  const properHeaders = (isProper ? proper.headers : undefined) ?? { 'content-type': 'application/json' };
  const headers = { ...properHeaders, ...fault.headers };
  const length =
    contentLength === undefined || headers['transfer-encoding'] !== undefined
      ? {}
      : { 'content-length': contentLength };
  response.writeHead(statusOf(fault, proper), { ...length, ...headers });
}

async function drip(response: ServerResponse, body: Buffer, everyMs: number): Promise<void> {
  for (const byte of body) {
    response.write(Buffer.of(byte));
    if (!(await wait(response, everyMs))) return;
  }
  response.end();
}

/** Waits, by the server's clock; false when the client left meanwhile. */
function wait(response: ServerResponse, ms: number): Promise<boolean> {
  return parked(pause(response, ms, exchangeClock()));
}
