/** What the contract says of broken clocks, by their fault. */
export const clockMessages: Readonly<Record<string, string>> = {
  'reads no number': 'monotonicNow must be a finite number',
  'reads no number off the wall': 'wallNow must be a finite number',
  'reads the wall clock for the monotonic one': 'monotonicNow moved by 3600000 with the wall clock',
  'keeps its wall clock out of a step': 'wallNow moved by 0 for a step of 3600000',
  'has its timers due by the wall clock': 'A timer fired by a step of the wall clock',
  'reads the date for its monotonic clock': 'monotonicNow went back with the date of the host',
  'makes a date for each monotonic reading': 'monotonicNow went back with the date of the host',
  'goes back now and then': 'monotonicNow went back by 1',
  'stands still': 'monotonicNow went on by 0, for at least 20 ms',
  'reads monotonic seconds': 'monotonicNow went on by 0.020000000000000018, for at least 20 ms',
  'reads monotonic nanoseconds': 'monotonicNow went on by 20000000, for about 20 ms',
  'has its wall clock run away': 'wallNow went on by 20000, for about 20 ms',
  'reads wall microseconds': 'wallNow is 1767225600000000, of no time near ours',
  'reads wall seconds': 'wallNow is 1767225600, of no time near ours',
  'reads the monotonic clock for the wall clock': 'wallNow is 1000, of no time near ours',
  'reads the wall clock once': 'wallNow went on by 0, for at least 20 ms',
  'never fires': 'The number of calls must be 1, and is 0',
  'fires early': 'It fired after 10 of 20 ms',
  'takes milliseconds for seconds': 'The number of calls must be 1, and is 0',
  'fires again and again': 'The number of calls must be 1, and is 3',
  'fires within the call when the wait is 0':
    'Whether the call had returned when each timer fired must be [ true, true, true ], and is [ false, true, true ]',
  'refuses a part of a millisecond': 'It threw or rejected: whole milliseconds only',
  'fires a long timer at once': 'The number of calls of a timer of 2147483647 ms must be 0, and is 1',
  'fires equal timers the other way round':
    "The order must be [ 'first', 'second', 'third' ], and is [ 'second', 'first', 'third' ]",
  'fires timers as they were started, whenever they are due':
    "The order must be [ 'first', 'second', 'third' ], and is [ 'third', 'first', 'second' ]",
  'keeps its timers by their callback': 'The number of calls for two timers must be 2, and is 1',
  'drops a timer that a callback starts':
    "The order of the calls must be [ 'outer', 'inner' ], and is [ 'outer' ]",
  'fires a timer that was cancelled':
    "What fired must be [ 'before', 'after' ], and is [ 'cancelled at 0', 'before', 'cancelled', 'after' ]",
  'cancels the newest timer in place of its own':
    "What fired must be [ 'before', 'after' ], and is [ 'before', 'cancelled', 'after' ]",
  'takes cancel as a wish for later': 'The number of calls of the cancelled timer must be 0, and is 1',
  'throws at a second cancel': 'It threw or rejected: cancelled already',
  'throws at a cancel by its own callback':
    "What fired must be [ 'own', 'later' ], and is [ 'own', 'own threw', 'later' ]",
  'throws at a cancel after it fired': 'It threw or rejected: fired already',
  'reuses the number of a timer that is over': "What fired must be [ 'own', 'later' ], and is [ 'later' ]",
  'keeps the process alive by each timer':
    'The number of timers that keep the process alive must be 0, and is 3',
  'never keeps the process alive': 'The number of timers that keep the process alive must be 1, and is 0',
  'keeps the process alive beyond the cancel': 'The number of such timers after cancel must be 0, and is 1',
};
