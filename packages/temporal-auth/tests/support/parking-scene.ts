import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import {
  FakeClock,
  FakeTemporalFrontend,
  type FakeTemporalFrontendOptions,
  RecordingLogger,
} from '@worker-auth/testing-fakes';
import { vi } from 'vitest';
import { ParkingLot } from '../../src/worker/parking/parking-lot.ts';
import { Parking } from '../../src/worker/parking/parking.ts';
import { bundleWorkflows } from './bundle-workflows.ts';
import { RecordedEvents } from './recorded-events.ts';
import { retirePort } from './retire-port.ts';
import { ScriptedWatch } from './scripted-watch.ts';

const workflowBundle = await bundleWorkflows('extract-workflow.ts');

/** A connection to Temporal whose workers are parked when the test says so. */
export interface ParkingSite {
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly watch: ScriptedWatch;
  readonly parking: Parking;
  /** A worker with fixed pollers, which is not under the care of `parking` yet. */
  createWorker(options?: Partial<WorkerOptions>): Promise<Worker>;
}

/** A Temporal and what stands beside it. */
export interface ParkingScene extends AsyncDisposable {
  readonly temporal: FakeTemporalFrontend;
  readonly temporalClock: FakeClock;
  /** Of the parking. */
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  readonly events: RecordedEvents;
  /** The lots that were opened so far. */
  lots(): readonly ParkingLot[];
  openSite(): Promise<ParkingSite>;
  /** Another parking, which ends with the scene too. */
  openParking(watch: ScriptedWatch, connection: NativeConnection): Promise<Parking>;
  /** The next lot cannot be opened. */
  failToOpen(error: Error): void;
  /** How often Temporal was polled. */
  polls(): number;
}

/** Starts the servers; connections and parkings end with the scene, workers are ended by the test. */
export async function openParkingScene(options: FakeTemporalFrontendOptions = {}): Promise<ParkingScene> {
  await using started = new AsyncDisposableStack();
  const [temporalClock, clock] = [new FakeClock(), new FakeClock()];
  const temporal = started.use(
    await FakeTemporalFrontend.start({ clock: temporalClock, acceptToken: () => true, ...options }),
  );
  const log = new RecordingLogger();
  const events = new RecordedEvents();
  const lots: ParkingLot[] = [];
  const ports = [temporal.port];
  const openLot = ParkingLot.open.bind(ParkingLot);
  const spy = vi.spyOn(ParkingLot, 'open').mockImplementation(async (lotOptions) => {
    const lot = await openLot(lotOptions);
    lots.push(lot);
    ports.push(Number(new URL(`http://${lot.address}`).port));
    return lot;
  });
  started.defer(() => {
    spy.mockRestore();
  });
  const resources = started.move();

  const openParking: ParkingScene['openParking'] = async (watch, connection) => {
    const parking = await Parking.open({
      ...{ watch, temporal: () => connection, clock, logger: log, events },
    });
    resources.defer(() => parking.stop());
    return parking;
  };
  const openSite = async (): Promise<ParkingSite> => {
    const { address, caCertificate: ca } = temporal;
    const tls = ca !== undefined && { serverRootCACertificate: Buffer.from(ca) };
    const connection = await NativeConnection.connect({ address, tls });
    resources.defer(() => connection.close());
    const watch = new ScriptedWatch();
    const parking = await openParking(watch, connection);
    const type = 'simple-maximum';
    const createWorker = (options: Partial<WorkerOptions> = {}): Promise<Worker> =>
      Worker.create({
        ...{ connection, workflowBundle, taskQueue: 'extraction' },
        activities: { countRows: () => Promise.resolve(1) },
        workflowTaskPollerBehavior: { type },
        activityTaskPollerBehavior: { type },
        nexusTaskPollerBehavior: { type },
        ...options,
      });
    return { connection, watch, parking, createWorker, client: new Client({ connection }) };
  };
  return {
    ...{ temporal, temporalClock, clock, log, events, openSite, openParking },
    failToOpen: (error) => {
      spy.mockRejectedValueOnce(error);
    },
    lots: () => lots,
    polls: () => temporal.calls.filter(({ path }) => path.includes('/Poll')).length,
    [Symbol.asyncDispose]: async () => {
      await resources.disposeAsync();
      await Promise.all(ports.map(retirePort));
    },
  };
}
