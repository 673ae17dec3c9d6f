import { InterceptingCall, type InterceptorOptions, Metadata, type NextCall, status } from '@grpc/grpc-js';
import { describe, expect, it, vi } from 'vitest';
import { ConnectWatch } from '../../src/connection/connect-watch.ts';

type Call = ReturnType<NextCall>;

const options = {} as InterceptorOptions;

/** A call below the interceptor that ends with this status as soon as it starts. */
function callThatEnds(code: status, details: string): Call {
  return {
    start: (_metadata: Metadata, listener?: Parameters<Call['start']>[1]) => {
      listener?.onReceiveStatus?.({ code, details, metadata: new Metadata() });
    },
  } as unknown as Call;
}

/** What a caller hears of an attempt. */
function attempt(watch: ConnectWatch, below: NextCall): number | undefined {
  let heard: number | undefined;
  watch.interceptor(options, below).start(new Metadata(), {
    onReceiveStatus: ({ code }) => {
      heard = code;
    },
  });
  return heard;
}

const noConnection = 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:9';

describe('ConnectWatch', () => {
  it.each([noConnection, 'Name resolution failed for target dns:temporal.invalid:7233'])(
    'ends the attempt at once, and says why: %s',
    (details) => {
      const watch = new ConnectWatch();
      expect(attempt(watch, () => callThatEnds(status.UNAVAILABLE, details))).toBe(status.CANCELLED);
      expect(watch.failed.reason).toEqual(new Error(details));
    },
  );

  it.each([
    [status.UNAVAILABLE, 'no healthy upstream'],
    [status.UNAVAILABLE, 'Connection dropped'],
    [status.UNKNOWN, noConnection],
  ])('leaves what a server says to the retries: status %i, %s', (code, details) => {
    const watch = new ConnectWatch();
    expect(attempt(watch, () => callThatEnds(code, details))).toBe(code);
    expect(watch.failed.aborted).toBe(false);
  });

  it('leaves all to the retries once there was a connection', () => {
    const watch = new ConnectWatch();
    watch.connected();
    const call = callThatEnds(status.UNAVAILABLE, noConnection);
    expect(watch.interceptor(options, () => call)).toBe(call);
    expect(watch.failed.aborted).toBe(false);
  });

  it('leaves it to a call that began before there was a connection, too', () => {
    const watch = new ConnectWatch();
    const below = vi.fn<(code: number) => void>();
    const call = watch.interceptor(options, () => callThatEnds(status.UNAVAILABLE, noConnection));
    watch.connected();
    call.start(new Metadata(), {
      onReceiveStatus: ({ code }) => {
        below(code);
      },
    });
    expect(below).toHaveBeenCalledExactlyOnceWith(status.UNAVAILABLE);
  });

  it('lets no attempt reach a connection that is closed, where it would throw out of a timer', () => {
    const watch = new ConnectWatch();
    watch.ended();
    const below = vi.fn<NextCall>();
    expect(attempt(watch, below)).toBe(status.CANCELLED);
    expect(below).not.toHaveBeenCalled();
  });

  it('gives such an attempt its end, whatever else is asked of it', () => {
    const watch = new ConnectWatch();
    watch.ended();
    const call = watch.interceptor(options, vi.fn<NextCall>());
    expect(call).toBeInstanceOf(InterceptingCall);
    call.start(new Metadata());
    call.sendMessage(Buffer.of());
    call.halfClose();
    call.cancelWithStatus(status.CANCELLED, 'left');
    expect(call.getPeer()).toBe('');
  });
});
