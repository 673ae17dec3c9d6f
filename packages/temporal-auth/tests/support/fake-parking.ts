import { NativeConnection, type Worker } from '@temporalio/worker';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { type Mock, type MockInstance, vi } from 'vitest';
import { ParkingLot } from '../../src/worker/parking/parking-lot.ts';
import { Parking } from '../../src/worker/parking/parking.ts';
import { RecordedEvents } from './recorded-events.ts';
import { ScriptedWatch } from './scripted-watch.ts';

/** What Temporal says that it can do, encoded. */
export const systemInfo = Uint8Array.of(1, 2, 3);

/** A worker as far as it is moved. */
export class FakeMovedWorker {
  state: ReturnType<Worker['getState']> = 'RUNNING';
  readonly options: Pick<Worker['options'], 'taskQueue' | 'interceptors'>;
  connection: NativeConnection;

  constructor(connection: NativeConnection, taskQueue = 'extraction') {
    this.connection = connection;
    this.options = { taskQueue, interceptors: { activity: [], nexus: [], workflowModules: [], client: {} } };
  }

  /** As Temporal's worker has it: of the connection that is in place. */
  get client(): unknown {
    return { connection: this.connection };
  }

  getState(): ReturnType<Worker['getState']> {
    return this.state;
  }
}

/** A parking without any server: lots, connections and workers are told what to do by the test. */
export interface FakeParkingScene {
  readonly temporal: NativeConnection;
  /** The connection to the lot. */
  readonly parked: NativeConnection;
  readonly watch: ScriptedWatch;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  readonly events: RecordedEvents;
  readonly lot: Record<'hold' | 'release' | 'close', Mock<() => void>>;
  /** How lots and connections to them are opened, and such a connection is closed. */
  readonly openLot: MockInstance<typeof ParkingLot.open>;
  readonly connect: MockInstance<typeof NativeConnection.connect>;
  readonly closeParked: Mock<() => Promise<void>>;
  /** Another connection takes the place of the one to Temporal. */
  replace(connection: NativeConnection): void;
  open(): Promise<Parking>;
  createWorker(taskQueue?: string): Worker & FakeMovedWorker;
}

/** The mocks end with `vi.restoreAllMocks()`. */
export function createFakeParking(): FakeParkingScene {
  const closeParked = vi.fn<() => Promise<void>>().mockResolvedValue(undefined);
  const lot = { hold: vi.fn<() => void>(), release: vi.fn<() => void>(), close: vi.fn<() => void>() };
  const openLot = vi.spyOn(ParkingLot, 'open');
  openLot.mockResolvedValue({
    ...{ ...lot, address: '127.0.0.1:7', metadata: { secret: 'of the lot' } },
  } as unknown as ParkingLot);
  const parked = { name: 'parked', close: closeParked } as unknown as NativeConnection;
  const connect = vi.spyOn(NativeConnection, 'connect').mockResolvedValue(parked);
  let temporal = {
    ...{ name: 'temporal' },
    workflowService: {
      getSystemInfo: () => Promise.resolve({ $type: { encode: () => ({ finish: () => systemInfo }) } }),
    },
  } as unknown as NativeConnection;
  const [clock, watch] = [new FakeClock(), new ScriptedWatch()];
  const [log, events] = [new RecordingLogger(), new RecordedEvents()];
  return {
    ...{ temporal, parked, watch, clock, log, events, lot, openLot, connect, closeParked },
    replace: (connection) => {
      temporal = connection;
    },
    open: () => Parking.open({ watch, temporal: () => temporal, clock, logger: log, events }),
    createWorker: (taskQueue) =>
      new FakeMovedWorker(temporal, taskQueue) as unknown as Worker & FakeMovedWorker,
  };
}
