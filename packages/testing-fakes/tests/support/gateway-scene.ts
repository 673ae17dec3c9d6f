import {
  TemporalAuthGateway,
  type TemporalAuthGatewayOptions,
} from '../../src/gateway/temporal-auth-gateway.ts';
import { BytesClient } from './grpc.ts';
import { TemporalEcho } from './temporal-echo.ts';

/** A gateway, what it stands before, and a client of it. */
export interface GatewayScene extends AsyncDisposable {
  readonly echo: TemporalEcho;
  readonly gateway: TemporalAuthGateway;
  readonly client: BytesClient;
}

export async function openGateway(
  options: Omit<TemporalAuthGatewayOptions, 'upstream'>,
): Promise<GatewayScene> {
  await using opened = new AsyncDisposableStack();
  const echo = opened.use(await TemporalEcho.start());
  const gateway = opened.use(await TemporalAuthGateway.start({ ...options, upstream: echo.address }));
  const client = opened.use(new BytesClient(gateway.address));
  const all = opened.move();
  return { echo, gateway, client, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
