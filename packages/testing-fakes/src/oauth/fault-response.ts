import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OAuthFault } from './oauth-faults.ts';

/** What the server would have answered, for faults that distort it. */
export interface ProperAnswer {
  readonly token: string;
  readonly body: string;
  readonly requestBody: string;
}

/** Answers as `fault` says; returns when nothing more is sent. */
export async function sendFault(
  response: ServerResponse,
  fault: OAuthFault,
  proper: ProperAnswer,
): Promise<void> {
  const body =
    typeof fault.body === 'function'
      ? fault.body(proper.token, proper.requestBody)
      : (fault.body ?? proper.body);
  switch (fault.connection) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'truncate':
      startResponse(response, fault, Buffer.byteLength(body));
      response.write(body.slice(0, body.length / 2), () => response.destroy());
      return;
    case 'silence':
      startResponse(response, fault, Buffer.byteLength(body));
      response.flushHeaders();
      return;
    case 'drip':
      startResponse(response, fault);
      await drip(response, body, fault.dripEveryMs ?? 20);
      return;
    case undefined:
      startResponse(response, fault);
      response.end(body);
  }
}

function startResponse(response: ServerResponse, fault: OAuthFault, contentLength?: number): void {
  response.writeHead(fault.status ?? 200, {
    'content-type': 'application/json',
    ...(contentLength !== undefined && { 'content-length': contentLength }),
    ...fault.headers,
  });
}

async function drip(response: ServerResponse, body: string, everyMs: number): Promise<void> {
  const gone = new AbortController();
  void once(response, 'close').then(() => {
    gone.abort();
  });
  for (const character of body) {
    if (gone.signal.aborted) return;
    response.write(character);
    await sleep(everyMs, undefined, { signal: gone.signal }).catch(() => undefined);
  }
  response.end();
}
