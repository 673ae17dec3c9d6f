import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** Answers one request. What it throws or rejects with is answered with 500 and its message. */
export type LoopbackHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server on 127.0.0.1 that runs until it is closed. */
export interface LoopbackServer {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Ends the server and every open connection, answered or not. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on the loopback interface.
 *
 * @param port default 0, a port that the system hands out
 */
export async function startLoopbackServer(handler: LoopbackHandler, port = 0): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    // A client may leave at any time; that is never an error of the server.
    response.on('error', () => undefined);
    void answer(handler, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** The whole body of a request, as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function answer(
  handler: LoopbackHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await handler(request, response);
  } catch (error) {
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
    response.end(String(error));
  }
}
