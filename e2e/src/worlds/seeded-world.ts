import { Random } from './random.ts';
import { atMethods, atTasks, inNamespace } from '../faults/at-gateway.ts';
import { limitedProvider, slowProvider } from '../faults/at-provider.ts';
import { twin } from '../faults/at-tokens.ts';
import { clockBehind, faults } from '../faults/catalogue.ts';
import { codes, dispensable, methods, results } from './calls.ts';
import { type Item, type ItemKind, items, secondNamespace, type TimedFault, type World } from './world.ts';

/** The work of a world starts within this, and its faults end soon after. */
const spanSeconds = 20;
/** Those that named worlds alone have came later: a seed's world stays as it was. */
type DrawnKind = Exclude<ItemKind, 'child' | 'again' | 'elsewhere'>;

const itemKinds: readonly DrawnKind[] = [
  ...(['short', 'short', 'short', 'long', 'beating', 'failing', 'cancelled', 'large', 'local'] as const),
];
const durations: Readonly<Record<DrawnKind, readonly [number, number]>> = {
  short: [0.1, 1],
  long: [5, 15],
  beating: [3, 12],
  failing: [0.1, 1],
  cancelled: [1, 5],
  large: [0.1, 2],
  local: [0.1, 2],
};

/** A kind of fault, drawn with a chance. */
interface Ingredient {
  readonly chance: number;
  readonly draw: (random: Random, frontends: readonly number[]) => TimedFault;
}

const ingredients: readonly Ingredient[] = [
  // What the authorizer permits.
  {
    chance: 0.2,
    draw: (random, frontends) => ({
      fault: atMethods(random.pick(dispensable), 'permissionDenied'),
      noTokenHelps: true,
      frontends,
    }),
  },
  // Delays.
  {
    chance: 0.3,
    draw: (random, frontends) => {
      const ms = Math.round(random.between(0, 30)) * 1_000;
      const name = random.pick(Object.keys(methods) as (keyof typeof methods)[]);
      // A task that arrives after its time-out tells who has more pollers, and nothing else.
      const isHeld = random.next() < 0.5 && name !== 'polls';
      const delay = isHeld ? { responseDelayMs: ms } : { delayMs: ms };
      const group = methods[name];
      return { fault: atMethods(group, delay), frontends, ...spanIn(random, 5, 20) };
    },
  },
  {
    chance: 0.1,
    draw: (random) => ({
      fault: atMethods('GetSystemInfo', { delayMs: Math.round(random.between(2, 20)) * 1_000 }),
    }),
  },
  // Status codes.
  {
    chance: 0.4,
    draw: (random, frontends) => {
      const group = methods[random.pick(Object.keys(methods) as (keyof typeof methods)[])];
      return { fault: atMethods(group, { status: random.pick(codes) }), frontends, ...spanIn(random, 2, 15) };
    },
  },
  {
    chance: 0.25,
    draw: (random, frontends) => {
      const which = { everyNth: random.pick([1, 2, 3]), calls: random.pick([1, 2, 5]) };
      return { fault: atTasks(results, { status: random.pick(codes) }, which), frontends };
    },
  },
  { chance: 0.12, draw: (random, frontends) => rejecting(faults.rejected, frontends, random) },
  { chance: 0.08, draw: (random, frontends) => rejecting(faults['html-401'], frontends, random) },
  // Connections.
  {
    chance: 0.3,
    draw: (random, frontends) => {
      const names = [
        'goaway',
        'reset',
        'silent',
        'unavailable',
        'throttled',
        'connections-cut',
        'temporal-away',
      ] as const;
      return { fault: faults[random.pick(names)], frontends, ...spanIn(random, 2, 12) };
    },
  },
  { chance: 0.1, draw: (random) => ({ fault: faults['half-open'], fromSeconds: atSecond(random) }) },
  // Tokens and clocks.
  {
    chance: 0.08,
    draw: (random, frontends) => ({
      fault: faults['tokens-revoked'],
      frontends,
      fromSeconds: atSecond(random),
    }),
  },
  { chance: 0.08, draw: (_, frontends) => ({ fault: faults['newest-token-only'], frontends }) },
  { chance: 0.08, draw: () => ({ fault: faults['first-token-rejected'], frontends: [0, 1] }) },
  { chance: 0.1, draw: (random) => ({ fault: clockBehind(Math.round(random.between(1, 10))) }) },
  {
    chance: 0.1,
    draw: (random) => ({ fault: clockBehind(Math.round(random.between(1, 30))), ...spanIn(random, 5, 20) }),
  },
  { chance: 0.1, draw: (random) => ({ fault: faults['key-late'], ...spanIn(random, 5, 15) }) },
  { chance: 0.06, draw: (random) => ({ fault: faults['key-withdrawn'], fromSeconds: atSecond(random) }) },
  { chance: 0.1, draw: (random) => ({ fault: faults['secret-rotated'], fromSeconds: atSecond(random) }) },
];

/** While the processes start. */
const startFaults: readonly TimedFault['fault'][] = [
  ...[faults['provider-unavailable'], faults['provider-silent'], slowProvider(5), faults.silent],
  ...[faults.unavailable, faults.throttled, faults['temporal-away'], faults.reset],
];

/** In the second of two namespaces. */
const namespaceFaults: readonly ((random: Random) => TimedFault)[] = [
  (random) => ({
    ...{ fault: inNamespace(secondNamespace, 'permissionDenied'), noTokenHelps: true },
    ...spanIn(random, 3, 20),
  }),
  (random) => ({
    fault: atMethods(random.pick(dispensable), 'permissionDenied', secondNamespace),
    noTokenHelps: true,
  }),
  (random) => ({
    fault: inNamespace(secondNamespace, { delayMs: Math.round(random.between(1, 30)) * 1_000 }),
    ...spanIn(random, 5, 20),
  }),
];

/** Of the OAuth server. */
const providers: readonly ((random: Random) => TimedFault)[] = [
  (random) => ({ fault: slowProvider(Math.round(random.between(1, 12))) }),
  (random) => ({ fault: limitedProvider(Math.round(random.between(4, 12))) }),
  (random) => ({ fault: faults['provider-unavailable'], ...spanIn(random, 5, 20) }),
  (random) => ({ fault: faults['provider-silent'], ...spanIn(random, 5, 20) }),
];

/** What came later is drawn from numbers of its own, so that the rest of a seed's world stays as it was. */
const startSeed = 1_000_000;
const laterSeed = 2_000_000;

/** The world of a seed: always the same one. */
export function seededWorld(seed: number): World {
  const random = new Random(seed);
  const frontends = random.next() < 0.3 ? 2 : 1;
  const world = {
    ...{ name: `seed-${seed}`, title: `the world of seed ${seed}`, frontends },
    lifetimeSeconds: random.pick([10, 20, 30, 60, 120, 300]),
    connection: random.next() < 0.7 ? 'plugin' : 'user',
    ...(random.next() < 0.1 && { maxStreams: Math.round(random.between(10, 100)) }),
  } as const;
  const drawn: TimedFault[] = [];
  for (const { chance, draw } of ingredients) {
    const all = frontends === 1 ? [0] : [0, 1];
    const met = random.next() < 0.5 ? all : [frontends - 1];
    // Each is drawn, so that a chance that is changed leaves the others as they were.
    const fault = draw(random, met);
    if (random.next() < chance) drawn.push(fault);
  }
  const provider = random.pick(providers)(random);
  if (random.next() < 0.25) drawn.push(provider);
  drawn.unshift(...startFaultOf(new Random(seed + startSeed), frontends));
  const { inSecond, twins } = laterFaultsOf(new Random(seed + laterSeed));
  drawn.unshift(...inSecond, ...twins);
  // A world without a fault shows nothing.
  if (drawn.length === 0) drawn.push(provider);
  const work = Array.from({ length: Math.round(random.between(8, 16)) }, (): Item => {
    const kind = random.pick(itemKinds);
    return {
      kind,
      atSeconds: rounded(random.between(0, spanSeconds)),
      seconds: rounded(random.between(...durations[kind])),
    };
  });
  // What comes after all faults shows whether a worker is back.
  work.push(...items(2, 'short', 0.3, spanSeconds + 5));
  return {
    ...world,
    faults: drawn.slice(0, 4),
    work: inSecond.length === 0 ? work : work.map(alternately),
    ...(random.next() < 0.2 && { terminateAtSeconds: Math.round(random.between(5, spanSeconds)) }),
  };
}

/** What is wrong while the processes start, in a world in five. */
function startFaultOf(random: Random, frontends: number): readonly TimedFault[] {
  const atStart = { fault: random.pick(startFaults), atStartSeconds: Math.round(random.between(3, 12)) };
  return random.next() < 0.2 ? [{ ...atStart, frontends: frontends === 1 ? [0] : [0, 1] }] : [];
}

/** A second namespace in which something is wrong, in a world in eight; a twin, in a world in twelve. */
function laterFaultsOf(random: Random): Readonly<Record<'inSecond' | 'twins', readonly TimedFault[]>> {
  const fault = random.pick(namespaceFaults)(random);
  const another = twin(Math.round(random.between(5, 30)));
  const frontends = [0, 1];
  return {
    inSecond: random.next() < 1 / 8 ? [{ ...fault, frontends }] : [],
    twins: random.next() < 1 / 12 ? [{ fault: another, frontends, fromSeconds: 0 }] : [],
  };
}

function alternately(item: Item, index: number): Item {
  return index % 2 === 0 ? item : { ...item, namespace: secondNamespace };
}

function rejecting(fault: TimedFault['fault'], frontends: readonly number[], random: Random): TimedFault {
  return { fault, frontends, ...spanIn(random, 3, 20), rejectsEveryToken: true };
}

function atSecond(random: Random): number {
  return Math.round(random.between(0, spanSeconds - 5));
}

function spanIn(random: Random, least: number, most: number): { fromSeconds: number; forSeconds: number } {
  return { fromSeconds: atSecond(random), forSeconds: Math.round(random.between(least, most)) };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
