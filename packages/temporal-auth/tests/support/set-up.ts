import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeStackOptions } from '@worker-auth/testing-fakes';
import type { CheckName } from '../../src/doctor/catalogue.ts';
import type { CheckResult, DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisScene } from './diagnosis.ts';

/** Sets up what is wrong; gives the options of the diagnosis, where it needs some. What it starts ends with `started`. */
type Making = (scene: DiagnosisScene, started: AsyncDisposableStack) => unknown;

/** A set-up that people had, and what the doctor says of it. */
export interface SetUp {
  readonly title: string;
  /** The check that names the cause, and its code. */
  readonly found: readonly [check: CheckName, code: string];
  /** The first line of the report, without its sign. */
  readonly cause: RegExp;
  /** The second line. */
  readonly remedy: RegExp;
  readonly make: Making;
  readonly stack?: FakeStackOptions;
  /** Default error. */
  readonly result?: CheckResult;
  /** Of what shows it. */
  readonly evidence?: RegExp;
  /** Something never answers. */
  readonly isLate?: boolean;
}

/** @param made the options of the diagnosis, or what makes them */
export function setUp(
  title: string,
  found: SetUp['found'],
  [cause, remedy]: readonly [cause: RegExp, remedy: RegExp],
  made: DiagnoseOptions | Making = {},
  more: Pick<SetUp, 'stack' | 'result' | 'evidence' | 'isLate'> = {},
): SetUp {
  return { title, found, cause, remedy, make: typeof made === 'function' ? made : () => made, ...more };
}

/** Variables alone. */
export function variables(env: Readonly<Record<string, string>>): DiagnoseOptions {
  return { env };
}

/** A file with this text. */
export async function file(started: AsyncDisposableStack, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-'));
  started.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'file'), text);
  return join(folder, 'file');
}

/** The port at which a server listens. */
export async function listen(
  started: AsyncDisposableStack,
  server: Server | Http2Server | Http2SecureServer,
): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  started.defer(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  return String((server.address() as AddressInfo).port);
}

/** The origin of a server of HTTP that answers so. */
export async function answering(
  started: AsyncDisposableStack,
  answer: (response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer((_request, response) => {
    answer(response);
  });
  return `http://127.0.0.1:${await listen(started, server)}`;
}
