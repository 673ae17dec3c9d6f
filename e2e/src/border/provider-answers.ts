/** Answers that whoever is in the provider's place may give. */
import { gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { pour, type ProviderAnswer, response } from './raw-provider.ts';

export type ProviderAnswers = Readonly<Record<string, ProviderAnswer>>;

const chunked = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n';
const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;

/** 100 MB of zeros: they unpack to that from 100 KB. */
const bomb = gzipSync(Buffer.alloc(100 * 1_048_576));

/** The first ones for the gate. */
export const endlessBodies: ProviderAnswers = {
  chunks: pour(chunked, chunk),
  'of a status that has none': pour('HTTP/1.1 205 Reset Content\r\ntransfer-encoding: chunked\r\n', chunk),
  'of a status that is none': pour('HTTP/1.1 600 None\r\ntransfer-encoding: chunked\r\n', chunk),
  'a gigabyte': pour('HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n', 'x'.repeat(65_536)),
  'of an error': pour('HTTP/1.1 401 Unauthorized\r\ntransfer-encoding: chunked\r\n', chunk),
  'of a redirect': pour('HTTP/1.1 307 Moved\r\nlocation: /\r\ntransfer-encoding: chunked\r\n', chunk),
  'zeros in gzip': (socket) => socket.write(response(bomb, '200 OK', ['content-encoding: gzip'])),
  'behind a whole one': (socket, request) => {
    socket.write(response('{}'));
    return pour('', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')(socket, request);
  },
};

export const endlessHeaders: ProviderAnswers = {
  fields: pour('HTTP/1.1 200 OK', `x-more: ${'x'.repeat(1_000)}\r\n`),
  'a field': pour('HTTP/1.1 200 OK\r\nx-more: ', 'x'),
  'a status line': pour('HTTP/1.1 200 ', 'x'),
  trailers: pour(`${chunked}\r\n0`, `x-more: ${'x'.repeat(1_000)}\r\n`),
};

/** The agent waits for the rest, or reads it, until its deadline. */
export const lasting: ProviderAnswers = {
  'empty members of gzip': pour(
    'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n',
    Buffer.concat(Array.from({ length: 1_000 }, () => gzipSync(''))),
  ),
  'early hints': pour('HTTP/1.1 103 Early Hints\r\n', 'HTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n'),
  'extensions of chunks': pour(chunked, `1;${'x'.repeat(15_000)}\r\nx\r\n`),
  'no answer': () => undefined,
  'headers alone': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n'),
  'a byte at a time': async (socket) => {
    for (const byte of response('x'.repeat(10_000))) {
      if (!socket.writable) return;
      socket.write(Buffer.of(byte));
      await sleep(20);
    }
  },
};

export const broken: ProviderAnswers = {
  reset: (socket) => socket.resetAndDestroy(),
  closed: (socket) => socket.destroy(),
  'closed in the headers': (socket) => socket.end('HTTP/1.1 200 OK\r\nconte'),
  'closed in the body': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"access'),
  'no HTTP': (socket) => socket.end(Buffer.alloc(1_000, 0x15)),
  'HTTP/2': (socket) => socket.end(Buffer.from('000000040000000000', 'hex')),
  'two lengths': (socket) =>
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} '),
  'a status that is none': (socket) => socket.write(response('{}', '999 None')),
  'a switch of protocols': (socket) => socket.write(response('{}', '101 Switching')),
};

const deep = 30_000;

export const documents: ProviderAnswers = Object.fromEntries(
  Object.entries({
    'deep lists': '['.repeat(deep) + ']'.repeat(deep),
    'deep objects': '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000),
    'deep error': `{"error":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    'many keys': `{${Array.from({ length: 9_000 }, (_, index) => `"${index}":1`).join()}}`,
    prototype: '{"__proto__":{"access_token":"x","token_type":"Bearer"},"constructor":{"prototype":1}}',
    'keys twice': '{"access_token":"one","access_token":2,"token_type":"Bearer"}',
    'no UTF-8': Buffer.from([0x7b, 0xff, 0xfe, 0x22, 0xc0, 0x80]),
    page: `<!doctype html>${'<script>'.repeat(8_000)}`,
  }).map(([name, body]) => [name, (socket) => socket.write(response(body))] as const),
);

/** A response with a token. */
export function granted(fields: Readonly<Record<string, unknown>> | string): ProviderAnswer {
  return (socket) => socket.write(response(typeof fields === 'string' ? fields : JSON.stringify(fields)));
}

const usual = { access_token: 'x', token_type: 'Bearer', expires_in: 3_600 };

/** None of these is a token for the agent. */
export const noTokens: ProviderAnswers = Object.fromEntries([
  ...Object.entries({
    'a line': 'x\r\nx-injected: yes',
    'a control character': 'x\u0000\u001b[31m',
    'no ASCII': 'tökén',
    'a space': 'x y',
    'sixty thousand characters': 'x'.repeat(60_000),
    list: ['x'],
    none: null,
  }).map(([name, token]) => [name, granted({ ...usual, access_token: token })] as const),
  ['mac', granted({ ...usual, token_type: 'mac' })],
  ['dpop', granted({ ...usual, token_type: 'DPoP' })],
  ...['-1', '0', '"soon"', 'true', '[1]', '-1e400', '{}'].map(
    (life) =>
      [
        `a life of ${life}`,
        granted(`{"access_token":"x","token_type":"Bearer","expires_in":${life}}`),
      ] as const,
  ),
]);
