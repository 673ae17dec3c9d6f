import {
  context,
  INVALID_SPAN_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { FakeClock, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { observe, withTraceId } from '../../src/opentelemetry.ts';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { everyEvent, ObservedSource } from '../support/observed-source.ts';
import { type Traced, traceSdks } from '../support/traced.ts';

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  context.disable();
});

const { tokenRequested, credentialsRead } = everyEvent;

interface Scene extends Traced {
  readonly source: ObservedSource;
  /** Runs `body` with this span as the active one. */
  readonly within: (span: Span, body: () => void) => void;
  readonly startSpan: () => Span;
}

function observed(start: () => Traced = traceSdks['SDK 2']): Scene {
  const source = new ObservedSource();
  const traced = start();
  const clock = new FakeClock({ wallMs: 1_700_000_000_500 });
  observe(source, { tracerProvider: traced.tracerProvider, clock, attributes: { client: 'first' } });
  return {
    ...{ ...traced, source },
    startSpan: () => traced.tracerProvider.getTracer('test').startSpan('of the caller'),
    within: (span, body) => {
      context.with(trace.setSpan(context.active(), span), body);
    },
  };
}

describe.each(Object.entries(traceSdks))('with %s', (_name, start) => {
  it('a request for a token is a span of what it took', () => {
    const { source, spans } = observed(start);
    source.tell('tokenRequested', { durationMs: 250, error: undefined });
    expect(spans()).toMatchObject([
      {
        ...{ name: 'worker_auth.token.request', kind: SpanKind.CLIENT },
        ...{ startTime: [1_700_000_000, 250_000_000], endTime: [1_700_000_000, 500_000_000] },
        status: { code: SpanStatusCode.UNSET },
      },
    ]);
    expect(spans()[0]?.attributes).toEqual({ client: 'first' });
  });

  it('one that failed has status ERROR and the code, and nothing that anybody said', () => {
    const { source, spans } = observed(start);
    source.tell('tokenRequested', tokenRequested);
    expect(spans()[0]?.attributes).toEqual({ client: 'first', 'error.type': 'TOKEN_SERVER_FAILED' });
    expect(spans()[0]?.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(spans()[0]?.events).toEqual([]);
  });

  it('a read of the credentials is a span with their source', () => {
    const { source, spans } = observed(start);
    source.tell('credentialsRead', { ...credentialsRead, error: undefined });
    expect(spans()).toMatchObject([
      {
        ...{ name: 'worker_auth.credentials.read', kind: SpanKind.CLIENT },
        status: { code: SpanStatusCode.UNSET },
      },
    ]);
    const attributes = { client: 'first', 'worker_auth.credentials.source': 'the test' };
    expect(spans()[0]?.attributes).toEqual(attributes);
    source.tell('credentialsRead', credentialsRead);
    expect(spans()[1]).toMatchObject({
      attributes: { ...attributes, 'error.type': 'TOKEN_SERVER_FAILED' },
      status: { code: SpanStatusCode.ERROR },
    });
  });

  it('is a child of the span that is active, while that goes on', () => {
    const { source, spans, startSpan, within } = observed(start);
    const caller = startSpan();
    within(caller, () => {
      source.tell('tokenRequested', tokenRequested);
    });
    const { spanId, traceId } = caller.spanContext();
    expect(spans()[0]?.parentSpanId).toBe(spanId);
    expect(spans()[0]?.spanContext().traceId).toBe(traceId);
  });
});

it('a refresh in the background begins a trace of its own, whoever started it', async () => {
  const clock = new FakeClock({ wallMs: Date.now() });
  await using oauth = await MockOAuthServer.start({ clock, lifetimeSeconds: 3_600 });
  const options = { ...authOptions(oauth), clock, logger: new RecordingLogger() };
  await using auth = new AtlanAuthClient(options);
  const { tracerProvider, spans } = traceSdks['SDK 2']();
  const caller = tracerProvider.getTracer('test').startSpan('caller');
  await context.with(trace.setSpan(context.active(), caller), async () => {
    await auth.getAccessToken();
    await auth.start();
  });
  observe(auth, { tracerProvider });
  const refreshed = oauth.nextRequest();
  await clock.advance(3_000_000);
  await refreshed;
  await vi.waitFor(() => {
    expect(spans().map(({ name }) => name)).toContain('worker_auth.token.request');
  });
  for (const { parentSpanId } of spans()) expect(parentSpanId).toBeUndefined();
});

it('a token that somebody waits for is got in the trace of whoever set it off', async () => {
  await using oauth = await MockOAuthServer.start();
  await using auth = new AtlanAuthClient({ ...authOptions(oauth), logger: new RecordingLogger() });
  const { tracerProvider, spans } = traceSdks['SDK 2']();
  observe(auth, { tracerProvider });
  const tracer = tracerProvider.getTracer('test');
  const [first, second] = [tracer.startSpan('first'), tracer.startSpan('second')];
  const ask = (span: Span): Promise<unknown> =>
    context.with(trace.setSpan(context.active(), span), () => auth.getAccessToken());
  await Promise.all([ask(first), ask(second)]);
  const parents = spans().map(({ name, parentSpanId }) => [name, parentSpanId]);
  expect(parents).toEqual([
    ['worker_auth.credentials.read', first.spanContext().spanId],
    ['worker_auth.token.request', first.spanContext().spanId],
  ]);
});

it('a log line has the ids of the span that it is written within, at each level', () => {
  const { startSpan, within } = observed();
  const recording = new RecordingLogger();
  const logger = withTraceId(recording);
  const span = startSpan();
  const { traceId, spanId } = span.spanContext();
  logger.info('outside', { code: 'A' });
  within(span, () => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const)
      logger[level](level, { code: 'A' });
  });
  within(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), () => {
    logger.log('INFO', 'without tracing');
  });
  const ids = { code: 'A', trace_id: traceId, span_id: spanId };
  expect(recording.entries).toEqual([
    { level: 'INFO', message: 'outside', meta: { code: 'A' } },
    ...['trace', 'debug', 'info', 'warn', 'error'].map((message) => ({
      level: message.toUpperCase(),
      message,
      meta: ids,
    })),
    { level: 'INFO', message: 'without tracing', meta: undefined },
  ]);
});
