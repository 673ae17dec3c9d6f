import type { NativeConnection, Worker } from '@temporalio/worker';
import type { ClientCertificates } from '../certificates/client-certificates.ts';
import { OpenedWith } from '../connection/opened-with.ts';
import { ConnectionRotation, type ConnectionRotationOptions } from './connection-rotation.ts';

/** A connection that others opened, and what looks after it. */
export interface RotatedConnection extends Pick<
  ConnectionRotationOptions,
  'pushed' | 'guard' | 'logger' | 'explain'
> {
  readonly connection: NativeConnection;
  /** Whether it is ours to close. */
  readonly isOurs: boolean;
  /** Whether it has a token beside the certificate. */
  readonly hasTokens: boolean;
}

/** The rotations of connections that others opened; each is known by its first one, which is what others have of it. */
export class ConnectionRotations {
  readonly #certificates: ClientCertificates | undefined;
  readonly #firsts = new WeakMap<NativeConnection, NativeConnection>();
  readonly #rotations = new Map<NativeConnection, ConnectionRotation>();

  /** @param certificates `undefined` where none rotate */
  constructor(certificates: ClientCertificates | undefined) {
    this.#certificates = certificates;
  }

  /** The first of the connections that have taken the place of one another. */
  firstOf(connection: NativeConnection): NativeConnection {
    return this.#firsts.get(connection) ?? connection;
  }

  /** Has it replaced from now on, where it was opened with a certificate that rotates. */
  begin({ connection, isOurs, hasTokens, ...rest }: RotatedConnection): void {
    const certificates = this.#certificates;
    if (certificates === undefined) return;
    const opened = OpenedWith.of(connection);
    if (opened === undefined) return;
    const { fingerprint } = opened;
    const open: ConnectionRotationOptions['open'] = async () => {
      const next = await opened.again();
      this.#firsts.set(next, connection);
      const used = OpenedWith.of(next)?.fingerprint;
      return { connection: next, held: hasTokens ? undefined : used, fingerprint: used };
    };
    const rotation = new ConnectionRotation({
      ...{ ...rest, certificates, fingerprint, open },
      keep: isOurs ? undefined : connection,
    });
    this.#rotations.set(connection, rotation);
  }

  /** Has the worker, which is on this connection, moved along from now on. */
  add(worker: Worker, connection: NativeConnection): void {
    this.#rotations.get(this.firstOf(connection))?.add(worker, connection);
  }

  /** Ends one, for good. */
  async end(first: NativeConnection): Promise<void> {
    const rotation = this.#rotations.get(first);
    this.#rotations.delete(first);
    await rotation?.stop();
  }
}
