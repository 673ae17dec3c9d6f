/** The server of `costs.ts`, in a process of its own: sends its port, then obeys `hold` and `release`. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = JSON.stringify({ access_token: 'token', token_type: 'Bearer', expires_in: 3_600 });

let held: ServerResponse[] | undefined;

const server = createServer((request, response) => {
  request.resume();
  response.setHeader('content-type', 'application/json');
  if (held === undefined) response.end(body);
  else held.push(response);
});
server.listen({ port: 0, host: '0.0.0.0', backlog: 2_048 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});

process.on('message', (command) => {
  const waiting = held ?? [];
  held = command === 'hold' ? [] : undefined;
  for (const response of waiting) response.end(body);
  process.send?.(command);
});
