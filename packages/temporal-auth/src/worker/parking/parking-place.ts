import { NativeConnection } from '@temporalio/worker';
import { isHeldByWorkers } from '../../errors/refusal.ts';
import { ParkingLot, type ParkingLotOptions } from './parking-lot.ts';

/** Where workers are parked. */
export interface ParkingPlace {
  readonly lot: ParkingLot;
  /** To the lot. */
  readonly connection: NativeConnection;
  close(): Promise<void>;
}

/** Opens a lot and a connection to it; nothing is left open when it throws. */
export async function openParkingPlace(options: ParkingLotOptions): Promise<ParkingPlace> {
  await using opening = new AsyncDisposableStack();
  const lot = await ParkingLot.open(options);
  opening.defer(() => lot.close());
  const { address, metadata } = lot;
  const connection = await NativeConnection.connect({ address, metadata, tls: false });
  opening.defer(() => closeUnlessHeld(connection));
  const opened = opening.move();
  return { lot, connection, close: () => opened.disposeAsync() };
}

/** A worker that hangs after it has failed never lets go; without the lot its connection leads nowhere. */
async function closeUnlessHeld(connection: NativeConnection): Promise<void> {
  try {
    await connection.close();
  } catch (error) {
    if (!isHeldByWorkers(error)) throw error;
  }
}
