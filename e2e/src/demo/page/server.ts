import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FaultRejectedError } from '../fault-board.ts';
import { type PageFile, readPageFiles } from './files.ts';

const tellEveryMs = 250;
/** A page that takes nothing for so many bytes is cut off; it comes back by itself. */
const maxUnsentBytes = 2 ** 20;
/** At the end a page has so long to take what is left for it. */
const lastWordsMs = 1_000;

/** The page runs nothing but its own files, and nobody may frame it. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

/** What the page shows, and what its buttons do. */
export interface PageSource {
  /** The state: plain data without anything secret. */
  read(): object;
  /** @throws FaultRejectedError when the fault cannot be pressed */
  press(name: string): void;
}

/** The page's server, on 127.0.0.1. */
export interface PageServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * Serves the page: `/` and its files, `/events` (server-sent events: the state, four times a second) and
 * `POST /faults/NAME`, which presses a button. It answers only who calls it by its own address, and takes orders only from its own page.
 * Another page in the same browser can neither read it nor press a button, by a name that leads to 127.0.0.1 neither.
 */
export async function startPageServer(source: PageSource): Promise<PageServer> {
  const server = new Server(source, await readPageFiles());
  await server.listen();
  return server;
}

class Server implements PageServer {
  readonly #source: PageSource;
  readonly #files: ReadonlyMap<string, PageFile>;
  readonly #http = createServer((request, response) => {
    this.#handle(request, response);
  });
  readonly #listening = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #port = 0;

  constructor(source: PageSource, files: ReadonlyMap<string, PageFile>) {
    this.#source = source;
    this.#files = files;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#http.once('error', reject);
    this.#http.listen(0, '127.0.0.1', () => {
      resolve(undefined);
    });
    await promise;
    this.#port = (this.#http.address() as AddressInfo).port;
    this.#timer = setInterval(() => {
      for (const page of this.#listening) this.#tell(page);
    }, tellEveryMs);
  }

  /** The last that pages hear is how it ended; then they are to come back no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const page of this.#listening) {
      this.#tell(page);
      page.end('event: end\ndata: {}\n\n');
    }
    const closed = new Promise((resolve) => this.#http.close(resolve));
    const cut = setTimeout(() => {
      this.#http.closeAllConnections();
    }, lastWordsMs);
    await closed;
    clearTimeout(cut);
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const { method, headers: received } = request;
    const [path = ''] = (request.url ?? '').split('?');
    const hosts = [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`];
    if (!hosts.includes(received.host ?? '')) {
      answer(response, 421, { error: `This is ${this.url}, and is called by no other name` });
      return;
    }
    const fault = /^\/faults\/([a-z-]+)$/.exec(path)?.[1];
    const file = this.#files.get(path);
    if (method === 'POST' && fault !== undefined) {
      if (received.origin === `http://${received.host ?? ''}`) this.#press(fault, response);
      else answer(response, 403, { error: 'Only the page itself may press a button' });
    } else if (method === 'GET' && path === '/events') this.#listen(response);
    else if (method === 'GET' && file !== undefined) {
      response.writeHead(200, { 'content-type': file.type }).end(file.content);
    } else answer(response, 404, { error: `There is no ${method ?? ''} ${path}` });
  }

  #press(fault: string, response: ServerResponse): void {
    try {
      this.#source.press(fault);
      answer(response, 202, { pressed: fault });
    } catch (error) {
      if (!(error instanceof FaultRejectedError)) throw error;
      answer(response, error.isKnown ? 409 : 404, { error: error.message });
    }
  }

  #listen(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
    this.#listening.add(response);
    response.once('close', () => this.#listening.delete(response));
    this.#tell(response);
  }

  #tell(page: ServerResponse): void {
    if (page.writableLength > maxUnsentBytes) page.destroy();
    else page.write(`data: ${JSON.stringify(this.#source.read())}\n\n`);
  }
}

function answer(response: ServerResponse, status: number, body: Readonly<Record<string, string>>): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
