import { expect, it } from 'vitest';
import * as ownErrors from '../../src/errors/own-errors.ts';

const place = { address: 'temporal:7233', namespace: 'extraction' };

it.each<[keyof typeof ownErrors, readonly unknown[], string, boolean, RegExp]>([
  ['closedError', [], 'CLOSED', false, /make a new one/],
  ['connectionClosed', [], 'CLOSED', false, /connection was closed before the call could be sent/],
  ['notReady', [], 'NOT_READY', false, /no access token yet .* await auth\.ready\(\) before it is opened/],
  ['notKept', [], 'NOT_READY', false, /peek\(\) of your token source must give what/],
  ['notLoaded', [], 'NOT_LOADED', false, /await load\(\) first/],
  ['switchedOff', [], 'SWITCHED_OFF', false, /Configure credentials \(WORKER_AUTH_CLIENT_ID and the rest\)/],
  ['workersRunning', [], 'WORKERS_RUNNING', false, /shut them down and await run\(\)/],
  ['alreadyRunning', [], 'ALREADY_RUNNING', false, /superviseWorker\(\) again for another/],
  ['noTokenInTime', [], 'NO_VALID_TOKEN', true, /still being requested. Try the call again/],
  ['noTokenAtStart', [50], 'NO_VALID_TOKEN', true, /within 50 ms \(bootTimeoutMs\)\. Check/],
  ['unusableToken', [], 'UNUSABLE_TOKEN', false, /must consist of visible ASCII characters/],
  ['noOtherCertificate', [], 'CALL_REJECTED', true, /no other client certificate/],
  [
    'noResponse',
    [place, 50],
    'TEMPORAL_UNAVAILABLE',
    true,
    /:7233 did not answer within 50 ms \(connectTimeoutMs\), .* "extraction"\. Check TEMPORAL_ADDRESS.*expects TLS\.$/,
  ],
  [
    'noResponseWithin',
    [place, 50],
    'TEMPORAL_UNAVAILABLE',
    true,
    /^Temporal at temporal:7233 did not answer within 50 ms, for namespace "extraction"\.$/,
  ],
  [
    'noResponseWithin',
    [{ ...place, address: undefined }, 50],
    'TEMPORAL_UNAVAILABLE',
    true,
    /^Temporal did not answer/,
  ],
  [
    'noResponseWithin',
    [{ ...place, proxy: 'c:2' }, 50],
    'TEMPORAL_UNAVAILABLE',
    true,
    /^Temporal at temporal:7233 through the proxy c:2 did not answer/,
  ],
  [
    'tlsExpected',
    [place],
    'TLS_FAILED',
    false,
    /temporal:7233 for namespace "extraction": it speaks TLS, and TLS is off here\. Set tls: true, with ca for an authority of your own/,
  ],
])('the error of %s(%j) says what to do, under the code %s', (name, given, code, retryable, advice) => {
  const create = ownErrors[name] as (...given: readonly unknown[]) => Error;
  const message = expect.stringMatching(advice) as string;
  expect(create(...given)).toMatchObject({ code: `TEMPORAL_AUTH_${code}`, retryable, message });
});
