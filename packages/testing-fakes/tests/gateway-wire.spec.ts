import { once } from 'node:events';
import { connect, constants, sensitiveHeaders, type ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TemporalAuthGateway } from '../src/gateway/temporal-auth-gateway.ts';
import type { RpcFaultName } from '../src/grpc/rpc-fault.ts';
import { sessionOptions } from '../src/grpc/http2-listener.ts';
import { BIDI_STREAM } from './support/grpc.ts';
import { createIssuer } from './support/issuer.ts';
import { RawClient, RawFrontend, responseOf, type HeaderBlock } from './support/raw-http2.ts';

const issuer = await createIssuer();
const authorization = `Bearer ${await issuer.mint({ permissions: ['temporal-system:admin'] })}`;

const OK_TRAILERS = { 'grpc-status': '0' };

let frontend: RawFrontend;
let gateway: TemporalAuthGateway;
let client: RawClient;
let requests: HeaderBlock[];

beforeEach(async () => {
  requests = [];
  frontend = await RawFrontend.start(answerAtEnd);
  gateway = await TemporalAuthGateway.start({ upstream: frontend.address, jwks: issuer.jwks });
  client = new RawClient(gateway.address);
});

afterEach(async () => {
  client[Symbol.dispose]();
  await gateway.stop();
  await frontend[Symbol.asyncDispose]();
});

/** Sends the request's body back once it has come, with trailers. */
function answerAtEnd(stream: ServerHttp2Stream, request: HeaderBlock): void {
  requests.push(request);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => {
    stream.sendTrailers(OK_TRAILERS);
  });
  stream.pipe(stream);
}

/** The values of a field, one for each time that it occurs. */
function values({ raw }: HeaderBlock, name: string): string[] {
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1] === name);
}

describe('a request', () => {
  it('arrives with its fields as they were, but for the name of the host', async () => {
    const headers = { authorization, 'x-custom': 'value', 'grpc-timeout': '10S', 'x-twice': ['one', 'two'] };
    await responseOf(client.request(headers).end());
    const [request] = requests;
    expect(request?.fields).toMatchObject({
      ':method': 'POST',
      ':scheme': 'http',
      ':authority': frontend.address,
      te: 'trailers',
      authorization,
      'x-custom': 'value',
      'grpc-timeout': '10S',
    });
    expect(request === undefined ? [] : values(request, 'x-twice')).toEqual(['one', 'two']);
  });

  it('is judged by its first authorization, and arrives with all', async () => {
    const fields = [
      ':method',
      'POST',
      ':path',
      BIDI_STREAM,
      'authorization',
      authorization,
      'authorization',
      'x',
    ];
    const session = connect(`http://${gateway.address}`, sessionOptions);
    const { trailers } = await responseOf(session.request(fields).end());
    session.destroy();
    expect(trailers?.fields['grpc-status']).toBe('0');
    const [request] = requests;
    expect(request === undefined ? [] : values(request, 'authorization')).toEqual([authorization, 'x']);
  });

  it('keeps a field out of compression tables when the client wants that', async () => {
    const headers = { authorization, 'x-key': 'a', [sensitiveHeaders]: ['x-key'] };
    await responseOf(client.request(headers).end());
    expect(Reflect.get(requests[0]?.fields ?? {}, sensitiveHeaders)).toContain('x-key');
  });

  it('with an empty bearer token is rejected as Temporal does, not taken for one without a token', async () => {
    const path = '/grpc.health.v1.Health/Check';
    const empty = await responseOf(client.request({ ':path': path, authorization: 'Bearer ' }).end());
    expect(empty.response?.fields['grpc-status']).toBe('7');
    const none = await responseOf(client.request({ ':path': path }).end());
    expect(none.trailers?.fields['grpc-status']).toBe('0');
  });

  it('that is reset ends at the frontend with the same code', async () => {
    const arrived = new Promise<ServerHttp2Stream>((resolve) => {
      frontend.handler = resolve;
    });
    const request = client.request({ authorization });
    const stream = await arrived;
    request.close(constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });
});

describe('a response', () => {
  it('keeps its fields and trailers, with nothing added', async () => {
    frontend.handler = (stream) => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'x-twice': ['one', 'two'], date: 'then' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': '0', 'x-end-bin': ['AAE=', 'AAI='] });
      });
      stream.end('body');
    };
    const { response, body, trailers } = await responseOf(client.request({ authorization }).end());
    const fields = [':status', '200', 'content-type', 'application/grpc', 'x-twice', 'one', 'x-twice', 'two'];
    expect(response?.raw).toEqual([...fields, 'date', 'then']);
    expect(body).toBe('body');
    expect(trailers?.raw).toEqual(['grpc-status', '0', 'x-end-bin', 'AAE=', 'x-end-bin', 'AAI=']);
  });

  it('of headers alone stays headers alone', async () => {
    frontend.handler = (stream) => {
      stream.respond({ ':status': 200, 'grpc-status': '5', 'grpc-message': 'none' }, { endStream: true });
    };
    const { response, trailers } = await responseOf(client.request({ authorization }).end());
    expect(response).toMatchObject({
      endsStream: true,
      fields: { 'grpc-status': '5', 'grpc-message': 'none' },
    });
    expect(trailers).toBeUndefined();
  });

  it('without trailers, such as another proxy’s error page, passes too', async () => {
    frontend.handler = (stream) => {
      stream.respond({ ':status': 502, 'content-type': 'text/html' });
      stream.end('<html></html>');
    };
    const { response, body, trailers } = await responseOf(client.request({ authorization }).end());
    expect([response?.fields[':status'], body, trailers?.raw ?? []]).toEqual([502, '<html></html>', []]);
  });

  it('may begin and end before the request has', async () => {
    frontend.handler = (stream) => {
      stream.respond({ ':status': 200, 'grpc-status': '8' }, { endStream: true });
    };
    const request = client.request({ authorization });
    request.once('response', () => request.end());
    const { response } = await responseOf(request);
    expect(response?.fields['grpc-status']).toBe('8');
  });

  it.each(['REFUSED_STREAM', 'ENHANCE_YOUR_CALM', 'INTERNAL_ERROR', 'CANCEL'] as const)(
    'that is reset with %s ends at the client with the same code',
    async (name) => {
      const code = constants[`NGHTTP2_${name}`];
      frontend.handler = (stream) => {
        stream.close(code);
      };
      expect((await responseOf(client.request({ authorization }))).rstCode).toBe(code);
    },
  );

  it('waits for a client that does not read', async () => {
    const total = 64 * 2 ** 20;
    const chunk = Buffer.alloc(2 ** 16);
    let written = 0;
    frontend.handler = (stream) => {
      stream.respond({ ':status': 200 });
      const writeOn = (): void => {
        while (written < total) {
          written += chunk.length;
          if (stream.write(chunk)) continue;
          stream.once('drain', writeOn);
          return;
        }
        stream.end();
      };
      writeOn();
    };
    const slow = client.request({ authorization }).end();
    await once(slow, 'response');
    frontend.handler = answerAtEnd;
    for (let i = 0; i < 20; i++) await responseOf(client.request({ authorization }).end('other'));
    expect(written).toBeLessThan(total / 8);

    let received = 0;
    slow.on('data', (bytes: Buffer) => (received += bytes.length));
    await once(slow, 'close');
    expect(received).toBe(total);
  });
});

it('a call that cannot be handed on is reset', async () => {
  const upstream = 'ftp://127.0.0.1';
  await using broken = await TemporalAuthGateway.start({ upstream, jwks: issuer.jwks });
  using caller = new RawClient(broken.address);
  const { rstCode } = await responseOf(caller.request({ authorization }).end());
  expect(rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
});

describe('the connection to the frontend', () => {
  it('is one for all calls, and wants nothing pushed', async () => {
    const pushes: unknown[] = [];
    frontend.handler = (stream, request) => {
      pushes.push(stream.session?.remoteSettings.enablePush);
      answerAtEnd(stream, request);
    };
    for (let i = 0; i < 3; i++) await responseOf(client.request({ authorization }).end());
    expect(frontend.connections).toBe(1);
    expect(pushes).toEqual([false, false, false]);
  });

  it('ends with the gateway', async () => {
    await responseOf(client.request({ authorization }).end());
    expect(frontend.openConnections).toBe(1);
    await gateway.stop();
    await expect.poll(() => frontend.openConnections).toBe(0);
  });

  it('that is lost in the middle of a response ends the call with UNAVAILABLE', async () => {
    frontend.handler = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.write('half');
    };
    const request = client.request({ authorization }).end();
    request.once('data', () => {
      frontend.dropConnections();
    });
    const { body, trailers, rstCode } = await responseOf(request);
    expect([body, rstCode]).toEqual(['half', 0]);
    expect(trailers?.fields).toMatchObject({
      'grpc-status': '14',
      'grpc-message': 'upstream connection lost',
    });
  });

  it('that the frontend ends with an error is made anew', async () => {
    frontend.handler = (stream) => {
      stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    };
    const { response } = await responseOf(client.request({ authorization }).end());
    expect(response?.fields['grpc-status']).toBe('14');
    frontend.handler = answerAtEnd;
    const { trailers } = await responseOf(client.request({ authorization }).end());
    expect(trailers?.fields['grpc-status']).toBe('0');
  });
});

describe('a rejection', () => {
  it('is one block of headers, the same for every reason', async () => {
    const { response, body, trailers } = await responseOf(
      client.request({ authorization: 'Bearer x' }).end(),
    );
    expect(response).toMatchObject({
      endsStream: true,
      raw: [
        ...[':status', '200', 'content-type', 'application/grpc'],
        ...['grpc-status', '7', 'grpc-message', 'Request unauthorized.'],
      ],
    });
    expect([body, trailers]).toEqual(['', undefined]);
    expect(requests).toEqual([]);
  });

  it.each<[RpcFaultName, object, string]>([
    ['permissionDenied', { ':status': 200, 'grpc-status': '7', 'grpc-message': 'Request unauthorized.' }, ''],
    ['unauthenticated', { ':status': 200, 'grpc-status': '16', 'grpc-message': 'Jwt is expired' }, ''],
    ['unavailable', { ':status': 200, 'grpc-status': '14', 'grpc-message': 'no healthy upstream' }, ''],
    ['http401', { ':status': 401, 'www-authenticate': 'Bearer' }, ''],
    ['html401', { ':status': 401, 'content-type': 'text/html' }, '<html>'],
  ])('by failWith(%s) meets good tokens, until recover()', async (fault, fields, begin) => {
    gateway.failWith(fault);
    const { response, body } = await responseOf(client.request({ authorization }).end());
    expect(response?.fields).toMatchObject(fields);
    expect(body.slice(0, 6)).toBe(begin);
    gateway.recover();
    const { trailers } = await responseOf(client.request({ authorization }).end());
    expect(trailers?.fields['grpc-status']).toBe('0');
  });
});
