// Run in a process of its own, which ends although the lot is open and holds a call.
import { systemClock } from '@worker-auth/inlined';
import { connect } from 'node:http2';
import { ParkingLot } from '../../src/worker/parking/parking-lot.ts';

const lot = await ParkingLot.open({ systemInfo: new Uint8Array(), clock: systemClock });
const session = connect(`http://${lot.address}`);
session.request({ ':path': '/PollActivityTaskQueue', ...lot.metadata });
while (lot.held === 0) await new Promise(setImmediate);
session.unref();
console.log('held');
