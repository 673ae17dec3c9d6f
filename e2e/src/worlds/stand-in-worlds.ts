import { atEveryOther, atMethods, atTasks } from '../faults/at-gateway.ts';
import { faults } from '../faults/catalogue.ts';
import { results } from './calls.ts';
import { items, type World } from './world.ts';

const base = { lifetimeSeconds: 300, connection: 'plugin', faults: [] } as const;
const tooLarge = { httpStatus: 413, body: '<h1>413 Request Entity Too Large</h1>' };
const revocations = 10;

/** Worlds in which a worker or a proxy stands in for another one. */
export const standInWorlds: readonly World[] = [
  {
    ...base,
    name: 'objects-change',
    title: 'activities go on changing what they handed over, while every other result is rejected twice',
    work: [...items(4, 'failing', 0.3), ...items(4, 'short', 0.3), ...items(2, 'large', 0.3)],
    faults: [{ fault: atTasks(results, 'permissionDenied', { everyNth: 2, calls: 2 }) }],
  },
  ...[1, 2].flatMap((slots): readonly World[] => [
    {
      ...{ ...base, slots, isTimely: true, name: `failures-denied-${slots}` },
      title: 'the authorizer permits all but RespondActivityTaskFailed, and all slots had such a result',
      work: [...items(slots, 'failing', 0.3), ...items(10, 'short', 0.3, 3)],
      faults: [{ fault: atMethods('RespondActivityTaskFailed', 'permissionDenied'), noTokenHelps: true }],
    },
    {
      ...{ ...base, slots, isTimely: true, name: `results-too-large-${slots}` },
      title: 'a gateway answers 413 to large results, and all slots had one',
      // Those whose numbers are multiples of 5.
      work: Array.from({ length: slots }, () => [
        ...items(1, 'large', 0.3),
        ...items(4, 'short', 0.3, 3),
      ]).flat(),
      faults: [{ fault: atTasks(results, tooLarge, { everyNth: 5, calls: Infinity }) }],
    },
  ]),
  {
    ...base,
    name: 'revoked-again',
    title: `all tokens are revoked ${revocations} times within the life of one, and then the next one while it is new`,
    mustComplete: true,
    withinSeconds: 25,
    work: Array.from({ length: 15 }, (_, index) => items(1, 'short', 0.3, index * 8)).flat(),
    faults: Array.from({ length: revocations }, (_, index) => ({
      fault: faults[index === revocations - 1 ? 'tokens-revoked-twice' : 'tokens-revoked'],
      fromSeconds: 8 * index + 1,
    })),
  },
  {
    ...{ ...base, connection: 'proxy', beside: 'deadlines', name: 'own-deadlines' },
    title: 'every other query of a client ends at its deadline, at which server and client reset it',
    work: items(20, 'short', 0.3).map((item, index) => ({ ...item, atSeconds: 2 * index })),
    faults: [{ fault: atEveryOther('QueryWorkflow', { connection: 'cancel', delayMs: 1_900 }) }],
  },
  {
    ...{ ...base, connection: 'proxy', beside: 'waiting', name: 'cut-while-waiting' },
    title: 'a client waits for 40 results while Temporal is away for 2 s',
    work: items(40, 'short', 8).map((item, index) => ({ ...item, seconds: 8 + index / 2 })),
    faults: [{ fault: faults['temporal-away'], fromSeconds: 4, forSeconds: 2 }],
  },
  {
    ...{ ...base, connection: 'proxy', beside: 'doomed', killAtSeconds: 5, isTimely: true },
    ...{ name: 'killed-while-hanging', title: 'one of two workers is killed while connections hang' },
    work: [...items(10, 'short', 0.3), ...items(20, 'short', 0.3, 9)],
    faults: [{ fault: faults['connections-hang'], fromSeconds: 4, forSeconds: 6 }],
  },
];
