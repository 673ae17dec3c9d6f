import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Http2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeStackOptions } from '@worker-auth/testing-fakes';
import type { CheckName } from '../../src/doctor/catalogue.ts';
import type { CheckResult, DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisScene } from './diagnosis.ts';

/** For what does not answer: no more than the tests can wait for, and many times what one that answers needs on a busy machine. */
export const shortMs = 3_000;

/** Sets up what is wrong; gives the options of the diagnosis, where it needs some. What it starts ends with `started`. */
type Making = (scene: DiagnosisScene, started: AsyncDisposableStack) => unknown;

interface MoreOfSetUp {
  readonly stack?: FakeStackOptions;
  /** Default error. */
  readonly result?: CheckResult;
  /** Of what is said. Default anything. */
  readonly says?: RegExp;
  /** Other failures. Default those that follow from this one wherever nothing else is wrong. */
  readonly consequences?: readonly CheckName[];
}

/** A set-up that people had, and what the doctor says of it. */
export interface SetUp extends Required<Omit<MoreOfSetUp, 'stack'>>, Pick<MoreOfSetUp, 'stack'> {
  readonly title: string;
  /** The one that names the cause. */
  readonly check: CheckName;
  readonly code: string;
  readonly make: Making;
}

const following: Partial<Record<CheckName, readonly CheckName[]>> = {
  ...{ sidecar: ['credentials'], component: ['credentials'], secret: ['credentials'] },
  'endpoint-dns': ['endpoint-status', 'token-request'],
  'endpoint-tcp': ['endpoint-status', 'token-request'],
  'endpoint-tls': ['endpoint-status', 'token-request'],
  'endpoint-status': ['token-request'],
  'temporal-tls': ['temporal-system-info'],
};

/** @param made the options of the diagnosis, or what makes them */
export function setUp(
  title: string,
  check: CheckName,
  code: string,
  made: DiagnoseOptions | Making = {},
  { stack, result = 'error', says = /./, consequences }: MoreOfSetUp = {},
): SetUp {
  const make = typeof made === 'function' ? made : () => made;
  const follow = consequences ?? (result === 'error' ? following[check] : undefined) ?? [];
  return { ...{ title, check, code, make, result, says, consequences: follow }, ...(stack && { stack }) };
}

/** A file with this text. */
export async function file(started: AsyncDisposableStack, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-'));
  started.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'file'), text);
  return join(folder, 'file');
}

/** The port at which a server listens. */
export async function listen(started: AsyncDisposableStack, server: Server | Http2Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  started.defer(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  return String((server.address() as AddressInfo).port);
}
