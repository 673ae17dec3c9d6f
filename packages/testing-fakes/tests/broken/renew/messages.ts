import { late } from '../../support/broken-promises.ts';

/** What the contract says of broken renewals, by their fault. */
export const renewMessages: Readonly<Record<string, string>> = {
  'gives no value': 'It must have a value',
  'gives null': 'It must have a value',
  'gives an empty text': 'It must have a value',
  'gives a life of no time': 'lifetimeMs must be above 0',
  'gives a life as text': 'lifetimeMs must be above 0',
  'gives a life without end': 'lifetimeMs must be above 0',
  'gives the monotonic clock alone': 'obtainedAt.wallMs must be a finite number',
  'gives the wall clock alone': 'obtainedAt.monotonicMs must be a finite number',
  'gives a life in seconds': 'A life of 600 is much shorter than the granted 600000 ms',
  'keeps half of the life for safety, and more':
    'A life of 299400 is much shorter than the granted 600000 ms',
  'gives the life of a constant': 'A life of 600000 is longer than the granted 60000 ms',
  'gives the life of the first response': 'A life of 600000 is longer than the granted 60000 ms',
  'gives the moment of the end for the life': 'A life of 1767226200000 is longer than the granted 600000 ms',
  'adds a grace to the life': 'A life of 605000 is longer than the granted 600000 ms',
  'swaps the clocks': 'obtainedAt.monotonicMs must lie within the call, by the clock that was given',
  "reads the host's clock in place of the one given":
    'obtainedAt.monotonicMs must lie within the call, by the clock that was given',
  'reads the wall clock in seconds':
    'obtainedAt.wallMs must lie within the call, by the clock that was given',
  'reads the clock when it is made':
    'obtainedAt.monotonicMs must lie within the call, by the clock that was given',
  'begins the life when the response is there':
    'obtainedAt.monotonicMs is 5000 ms after the request was sent',
  'remembers its lease': 'The number of requests for two renewals must be 2, and is 1',
  'gives the same object, changed': 'The first lease was changed by the second renewal',
  'asks twice for one lease': 'The number of requests for two renewals must be 2, and is 4',
  'gives the lease of before when the server refuses':
    'A renewal without a lease to be had must reject, and was fulfilled',
  'gives undefined when the server refuses':
    'A renewal without a lease to be had must reject, and was fulfilled',
  'tries again by itself': 'The number of requests of three renewals must be 3, and is 5',
  'shows its secret in an error': 'The error shows a secret',
  'rejects with a text': 'What it rejects with must have a message',
  'rejects without a word': 'What it rejects with must have a message',
  'remembers its failure': 'It threw or rejected: The server refused',
  'makes a lease of what is none': 'A renewal without a lease to be had must reject, and was fulfilled',
  'drops the wait that the server asked for': 'retryAfterMs of the error must be 7000, and is undefined',
  'gives the wait in seconds': 'retryAfterMs of the error must be 7000, and is 7',
  'gives the text of the field for a wait': 'retryAfterMs must be a number of 0 or more, or be left out',
  'gives a wait that is over': 'retryAfterMs must be a number of 0 or more, or be left out',
  'gives NaN for a wait that nobody asked for': 'retryAfterMs must be a number of 0 or more, or be left out',
  'asks although its signal was aborted before':
    'The number of requests of the one renewal that was wanted must be 1, and is 2',
  'ignores its signal': 'A renewal that is over must reject, and was fulfilled',
  'looks at its signal only when it is called': late,
  'repeats for ever that it was given up': 'It threw or rejected: the caller left',
  'gives undefined when its signal aborts': 'A renewal that was given up must reject, and was fulfilled',
  'leaves its listener on the signal': 'After 3 calls that have ended, 3 listeners are left on their signal',
  'prints its secret for those who debug': 'A secret was printed by console',
  'leaves its request unhandled when it is given up': 'The failed request was left as an unhandled rejection',
};
