import { request } from 'node:http';

/** An answer over a unix socket; `status` 0 when there is none. */
export interface SocketAnswer {
  readonly status: number;
  readonly body: string;
}

/** GETs a path from who listens at a unix socket. */
export function askSocket(socketPath: string, path: string): Promise<SocketAnswer> {
  return new Promise((resolve) => {
    request({ socketPath, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    })
      .on('error', () => {
        resolve({ status: 0, body: '' });
      })
      .end();
  });
}
