import type { NativeConnection } from '@temporalio/worker';

/** What every message of Temporal's SDK has, and its types do not tell: the schema that it was decoded by. */
interface Reflected {
  readonly $type: { encode(message: unknown): { finish(): Uint8Array } };
}

/**
 * What the server of a connection says that it can do (`GetSystemInfoResponse`), encoded, so that it can be said again in its place.
 *
 * @throws ServiceError what the call throws
 */
export async function encodedSystemInfo(
  connection: Pick<NativeConnection, 'workflowService'>,
): Promise<Uint8Array> {
  const info: unknown = await connection.workflowService.getSystemInfo({});
  return (info as Reflected).$type.encode(info).finish();
}
