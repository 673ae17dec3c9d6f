import {
  type InterceptingListener,
  type InterceptorOptions,
  Metadata,
  type NextCall,
  status,
} from '@grpc/grpc-js';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { authInterceptor, interceptorOver } from '../../src/connection/auth-interceptor.ts';
import { ConnectivityError } from '../../src/errors/temporal-auth-error.ts';
import { nextCallOf } from '../../src/connection/authenticated-call.ts';
import { TokenReplacement } from '../../src/tokens/token-replacement.ts';
import { ScriptedTokens } from '../support/scripted-tokens.ts';

type Call = ReturnType<NextCall>;

interface Sent {
  readonly what: string[];
  /** How many calls were made for it. */
  calls: number;
  /** The listener of the last call. */
  listener?: Partial<InterceptingListener>;
}

interface OpenCall {
  readonly call: Call;
  readonly sent: Sent;
}

/** A unary call through the interceptor, and what comes out behind it. */
function openCall(
  tokens: ScriptedTokens,
  interceptor = authInterceptor(tokens),
  streams: { requestStream?: boolean; responseStream?: boolean } = {},
): OpenCall {
  const sent: Sent = { what: [], calls: 0 };
  const next: NextCall = () => {
    sent.calls++;
    const call: Pick<
      Call,
      'start' | 'sendMessageWithContext' | 'sendMessage' | 'halfClose' | 'startRead' | 'cancelWithStatus'
    > = {
      start: (metadata, listener) => {
        sent.what.push(`start ${String(metadata.get('authorization')[0])}`);
        if (listener) sent.listener = listener;
      },
      sendMessageWithContext: (_context, message) => void sent.what.push(`message ${String(message)}`),
      sendMessage: (message) => void sent.what.push(`message ${String(message)}`),
      halfClose: () => void sent.what.push('half close'),
      startRead: () => void sent.what.push('read'),
      cancelWithStatus: () => void sent.what.push('cancel'),
    };
    return call as Call;
  };
  const options = {
    method_definition: { requestStream: false, responseStream: false, ...streams },
  } as unknown as InterceptorOptions;
  return { call: interceptor(options, next), sent };
}

/** Lets all that needs no I/O happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a call that waits for a token', () => {
  it('is sent as far as its caller has come', async () => {
    const tokens = new ScriptedTokens();
    const { call, sent } = openCall(tokens);
    call.start(new Metadata());
    tokens.give('late');
    await settle();
    expect(sent.what).toEqual(['cancel', 'start Bearer late']);
    call.sendMessageWithContext({}, 'a');
    call.halfClose();
    call.startRead();
    const rest = ['message a', 'half close', 'read'];
    expect(sent).toMatchObject({ what: ['cancel', 'start Bearer late', ...rest], calls: 2 });
  });

  it('leaves the source when its caller ends it', async () => {
    const tokens = new ScriptedTokens();
    const { call, sent } = openCall(tokens);
    call.start(new Metadata());
    call.cancelWithStatus(status.CANCELLED, 'left');
    await settle();
    expect(tokens.requests[0]?.signal?.aborted).toBe(true);
    expect(sent.what).toEqual(['cancel']);
  });

  it('ends when the token that comes fits into no header', async () => {
    const tokens = new ScriptedTokens();
    const { call, sent } = openCall(tokens);
    const onReceiveStatus = vi.fn();
    call.start(new Metadata(), { onReceiveStatus });
    tokens.give('a\nb');
    await settle();
    expect(sent.what).toEqual(['cancel']);
    expect(onReceiveStatus.mock.calls).toMatchObject([[{ code: status.UNAUTHENTICATED }]]);
  });

  it('is sent to its end when its caller has come to that', async () => {
    const tokens = new ScriptedTokens();
    const { call, sent } = openCall(tokens);
    call.start(new Metadata());
    call.sendMessageWithContext({}, 'a');
    call.halfClose();
    call.startRead();
    // The one whose deadline may end it before it starts.
    expect(sent.what).toEqual(['cancel']);
    tokens.give('late');
    await settle();
    expect(sent.what).toEqual(['cancel', 'start Bearer late', 'message a', 'half close', 'read']);
  });

  it.each([undefined, {}])('may have nobody who listens: %o', async (listener) => {
    const tokens = new ScriptedTokens();
    const { call, sent } = openCall(tokens);
    call.start(new Metadata(), listener);
    tokens.fail(new ConnectivityError('Failing.', { code: 'TOKEN_ENDPOINT_UNAVAILABLE' }));
    await settle();
    expect(sent.what).toEqual(['cancel']);
  });
});

it.each([{ requestStream: true }, { responseStream: true }])(
  'a call with a stream is its caller’s from the first answer on: %j',
  (streams) => {
    const tokens = new ScriptedTokens('first');
    const { call, sent } = openCall(tokens, authInterceptor(tokens), streams);
    const onReceiveMessage = vi.fn();
    call.start(new Metadata(), { onReceiveMessage });
    sent.listener?.onReceiveMessage?.('a');
    expect(onReceiveMessage.mock.calls).toEqual([['a']]);
  },
);

it('a call that is rejected when it is too early for another token is not sent again', async () => {
  const { call, sent } = openCall(new ScriptedTokens('first'));
  const heard: number[] = [];
  call.start(new Metadata(), {
    // There were none.
    onReceiveMetadata: () => void heard.push(-1),
    onReceiveStatus: ({ code }) => void heard.push(code),
  });
  sent.listener?.onReceiveStatus?.({
    code: status.PERMISSION_DENIED,
    details: 'no',
    metadata: new Metadata(),
  });
  await settle();
  expect(sent.what).toEqual(['start Bearer first']);
  expect(heard).toEqual([status.PERMISSION_DENIED]);
});

it('a call that is rejected is sent again to its end, whoever listens', async () => {
  const tokens = new ScriptedTokens('first');
  const replacement = new TokenReplacement(tokens, new FakeClock());
  replacement.connection().scope('', 'another').accepted('first', 0, 0);
  const { call, sent } = openCall(tokens, interceptorOver(replacement));
  call.start(new Metadata());
  call.sendMessageWithContext({}, 'a');
  call.halfClose();
  const reject = () =>
    sent.listener?.onReceiveStatus?.({
      code: status.PERMISSION_DENIED,
      details: 'no',
      metadata: new Metadata(),
    });
  reject();
  tokens.give('second');
  await settle();
  const each = (token: string) => [`start Bearer ${token}`, 'message a', 'half close'];
  expect(sent.what).toEqual([...each('first'), ...each('second')]);
  sent.listener?.onReceiveMetadata?.(new Metadata());
  reject();
});

describe('a call on a closed connection', () => {
  const closedCall = (): Call =>
    nextCallOf(() => {
      throw new Error('Channel has been shut down');
    }, {} as never);

  it('takes whatever its caller does, who may listen or not', () => {
    const call = closedCall();
    for (const listener of [undefined, {}]) call.start(new Metadata(), listener);
    call.sendMessage('a');
    call.sendMessageWithContext({}, 'a');
    call.startRead();
    call.halfClose();
    call.cancelWithStatus(status.CANCELLED, 'left');
  });

  it('ends as cancelled', () => {
    const heard: unknown[] = [];
    closedCall().start(new Metadata(), {
      onReceiveMessage: (message) => void heard.push(message),
      onReceiveStatus: (ended) => void heard.push(ended),
    });
    expect(heard).toMatchObject([null, { code: status.CANCELLED, cause: { name: 'StoppedError' } }]);
  });

  it('goes to nobody', () => {
    expect(closedCall().getPeer()).toBe('');
    expect(closedCall().getAuthContext()).toBeNull();
  });
});
