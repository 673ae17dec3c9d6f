import { expect, it } from 'vitest';
import {
  alreadyRunning,
  closedError,
  connectionClosed,
  noResponse,
  noResponseWithin,
  noOtherCertificate,
  notLoaded,
  noTokenAtStart,
  noTokenInTime,
  notKept,
  notReady,
  switchedOff,
  tlsExpected,
  unusableToken,
  workersRunning,
} from '../../src/errors/own-errors.ts';

it.each([
  [closedError, 'TEMPORAL_AUTH_CLOSED', false, /make a new one/],
  [connectionClosed, 'TEMPORAL_AUTH_CLOSED', false, /connection was closed before the call could be sent/],
  [
    notReady,
    'TEMPORAL_AUTH_NOT_READY',
    false,
    /no access token yet .* await auth\.ready\(\) before it is opened/,
  ],
  [notKept, 'TEMPORAL_AUTH_NOT_READY', false, /peek\(\) of your token source must give what/],
  [notLoaded, 'TEMPORAL_AUTH_NOT_LOADED', false, /await load\(\) first/],
  [
    switchedOff,
    'TEMPORAL_AUTH_SWITCHED_OFF',
    false,
    /Configure credentials \(WORKER_AUTH_CLIENT_ID and the rest\)/,
  ],
  [workersRunning, 'TEMPORAL_AUTH_WORKERS_RUNNING', false, /shut them down and await run\(\)/],
  [alreadyRunning, 'TEMPORAL_AUTH_ALREADY_RUNNING', false, /superviseWorker\(\) again for another/],
  [noTokenInTime, 'TEMPORAL_AUTH_NO_VALID_TOKEN', true, /still being requested. Try the call again/],
  [unusableToken, 'TEMPORAL_AUTH_UNUSABLE_TOKEN', false, /must consist of visible ASCII characters/],
  [
    () => noResponse({ address: 'temporal:7233', namespace: 'extraction' }, 50),
    'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
    true,
    /temporal:7233 did not answer within 50 ms .* "extraction"\. Check TEMPORAL_ADDRESS.*expects TLS\.$/,
  ],
  [
    () => noResponseWithin({ address: 'temporal:7233', namespace: 'extraction' }, 50),
    'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
    true,
    /^Temporal at temporal:7233 did not answer within 50 ms, for namespace "extraction"\.$/,
  ],
  [
    () => tlsExpected({ address: 'temporal:7233', namespace: 'extraction' }),
    'TEMPORAL_AUTH_TLS_FAILED',
    false,
    /temporal:7233 for namespace "extraction": it speaks TLS, and TLS is off here\. Set tls: true, with ca for an authority of your own/,
  ],
  [
    () => noResponseWithin({ address: undefined, namespace: 'a' }, 50),
    'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
    true,
    /^Temporal did not answer/,
  ],
  [
    () => noResponseWithin({ address: 'b:1', namespace: 'a', proxy: 'c:2' }, 50),
    'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
    true,
    /^Temporal at b:1 through the proxy c:2 did not answer/,
  ],
  [() => noTokenAtStart(50), 'TEMPORAL_AUTH_NO_VALID_TOKEN', true, /within 50 ms \(bootTimeoutMs\)\. Check/],
  [noOtherCertificate, 'TEMPORAL_AUTH_CALL_REJECTED', true, /no other client certificate/],
])('the error of %o says what to do, under the code %s', (create, code, retryable, advice) => {
  const error = create();
  expect(error).toMatchObject({ code, retryable });
  expect(error.message).toMatch(advice);
});
