/** All cases of the border. */
import { callers } from './callers.ts';
import { floods } from './floods.ts';
import { hoards } from './hoards.ts';
import { providers } from './providers.ts';
import { temporals } from './temporals.ts';
import type { BorderCase } from './trial.ts';

export const borderCases: readonly BorderCase[] = [
  ...callers,
  ...hoards,
  ...temporals,
  ...providers,
  ...floods,
];

/** One of a kind, those that a user would feel most: together they take about twenty seconds. */
const inGate: ReadonlySet<string> = new Set([
  'caller: reset with unread data, in one write',
  'caller: no task token, or two',
  'caller: headers that cannot be sent on',
  'caller: calls that are reset at their deadlines',
  'caller: 64 MB of zeros in a heartbeat',
  'Temporal: http2-settings in trailers, and a status of 600',
  'Temporal: repeats the token',
  'provider: repeats the secret',
  'flood: rapid reset',
  'flood: endless CONTINUATION',
]);

export const gateCases = borderCases.filter(({ name }) => inGate.has(name));

/** The other quick ones. */
export const quickCases = borderCases.filter(({ name, isQuick }) => isQuick && !inGate.has(name));
