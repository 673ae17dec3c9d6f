import { endWithHttp, endWithStatus } from './responses.ts';
import { connectionOf } from './http2-listener.ts';
import type { Rpc } from './rpc.ts';
import type { RpcFaultOutcome } from './rpc-fault.ts';

/** Ends an RPC, whose response has not begun, as a fault wants it. */
export function sendRpcFault({ stream }: Rpc, outcome: Exclude<RpcFaultOutcome, { kind: 'pass' }>): void {
  switch (outcome.kind) {
    case 'status':
      endWithStatus(stream, outcome.ending);
      return;
    case 'http': {
      const { httpStatus, headers, body } = outcome;
      endWithHttp(stream, { headers: { ':status': httpStatus, ...headers }, body });
      return;
    }
    case 'cut':
      if (outcome.how === 'drop') connectionOf(stream)?.destroy();
      else if (outcome.how === 'reset') connectionOf(stream)?.resetAndDestroy();
      else stream.resume();
  }
}
