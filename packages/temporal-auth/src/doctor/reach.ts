import { networkErrorCode } from '@worker-auth/inlined/network';
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { bareHost, hostAndPort, portOf } from '../settings/host.ts';
import { DoctorCode } from './doctor-code.ts';
import type { Found } from './examination.ts';
import { ProblemFound } from './problem.ts';
import { type DiagnosisScene, inTime } from './scene.ts';

/** A host and a port. */
export interface Place {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where a URL leads. */
export function placeOf(url: URL): Place {
  return { host: bareHost(url.hostname), port: portOf(url) };
}

/** `host:port`, as a URL has it. */
export function shownPlace({ host, port }: Place): string {
  return hostAndPort(host, port);
}

/** The addresses of a host's name (the system's resolver, as a client asks it). */
export async function resolve(scene: DiagnosisScene, { host }: Place): Promise<Found<undefined>> {
  const value = undefined;
  if (isIP(host) !== 0) return { value, description: `${host} is an address` };
  const found = await inTime(scene, `address of ${host}`, () => lookup(host, { all: true })).catch(
    (error: unknown) => {
      if (error instanceof ProblemFound) throw error;
      scene.signal.throwIfAborted();
      throw new ProblemFound(
        DoctorCode.nameUnknown,
        `No address of ${host} is known (${codeOf(error)}). Check the name, and the name service of this host or pod.`,
      );
    },
  );
  return { value, description: `${host} is ${found.map(({ address }) => address).join(', ')}` };
}

/** Opens a connection, and closes it. */
export async function reach(scene: DiagnosisScene, place: Place): Promise<Found<undefined>> {
  const socket = connect(place.port, place.host);
  try {
    await inTime(scene, `connection to ${shownPlace(place)}`, () => opened(socket, 'connect'));
    return { value: undefined, description: `${shownPlace(place)} accepts connections` };
  } catch (error) {
    if (error instanceof ProblemFound) throw error;
    scene.signal.throwIfAborted();
    throw new ProblemFound(
      DoctorCode.connectionFailed,
      `No connection to ${shownPlace(place)} (${codeOf(error)}). Check host and port, and that the server is up.`,
    );
  } finally {
    socket.destroy();
  }
}

/** Resolves at the event; rejects when the socket fails, or is closed before it. */
export function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolveOpened, reject) => {
    socket.once(event, resolveOpened);
    socket.on('error', reject);
    socket.once('close', () => {
      reject(new Error('closed'));
    });
  });
}

/** What a system calls its failure. */
export function codeOf(error: unknown): string {
  return networkErrorCode(error) ?? 'connection closed';
}
