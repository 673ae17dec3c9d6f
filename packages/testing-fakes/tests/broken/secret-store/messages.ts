import { late } from '../../support/broken-promises.ts';

/** What the contract says of broken stores, by their fault. */
export const secretStoreMessages: Readonly<Record<string, string>> = {
  'gives nothing': 'the secret must be there, and is not',
  'gives the first field alone': 'The field "second" of the secret is missing',
  'gives the first value for each field': 'The field "second" of the secret has another value',
  'takes a signal that is undefined for a signal':
    "It threw or rejected: Cannot read properties of undefined (reading 'throwIfAborted')",
  'puts a name into the path without encoding it': 'the secret "with+plus" must be there, and is not',
  'lower-cases a name': 'the secret "MixedCase.Name-1_x" must be there, and is not',
  'encodes a name as a whole URL': 'the secret "with+plus" must be there, and is not',
  'encodes a name twice': 'the secret "with space" must be there, and is not',
  'takes out of a name what is no letter or digit': 'the secret "with space" must be there, and is not',
  'trims a value': 'The field "v0" of a value with spaces, signs and unicode has another value',
  'takes the text "null" for nothing': 'the text null must be there, and is not',
  'makes a number of digits': 'The field "v1" of a number has another value',
  'keeps ASCII alone': 'The field "v0" of a value with spaces, signs and unicode has another value',
  'gives an empty object for a secret that is not there': '"missing" must be undefined: it is not there',
  'gives null for a secret that is not there': '"missing" must be undefined: it is not there',
  'rejects for a secret that is not there': 'It threw or rejected: not found',
  'gives the first secret whose name begins so': '"want" must be undefined: it is not there',
  'gives a field without a value': 'The field "empty" of the secret is none of the store\'s',
  'drops a secret one of whose fields has no value': 'the secret must be there, and is not',
  'gives a secret that has no value': 'A secret without a value must be undefined',
  'gives what every object inherits': '"constructor" must be undefined: it is not there',
  'gives a second read the response of the first': 'The field "first" of the secret has another value',
  'gives every caller the object that it remembers':
    'The field "first" of the secret, read again has another value',
  'keeps what it read in a public field': 'The store shows a secret',
  'keeps its token in a public field': 'The store shows a secret',
  'prints what it read for those who debug': 'A secret was printed by console.debug',
  'takes a failure for "not there"':
    'The read of "wanted" when the store cannot answer must reject, and was fulfilled',
  'swallows every error': 'The read of "wanted" when the store cannot answer must reject, and was fulfilled',
  'serves what it read before when it cannot answer':
    'The read of "wanted" when the store cannot answer must reject, and was fulfilled',
  'shows its token in an error': 'The error shows a secret',
  'attaches the request, token included, to its error': 'The error shows a secret',
  'rejects with a text': 'What it rejects with must have a message',
  'takes a malformed answer for "not there"':
    'The read of "wanted" when the store cannot answer must reject, and was fulfilled',
  'takes a malformed answer for the value':
    'The read of "wanted" when the store cannot answer must reject, and was fulfilled',
  'has no deadline': late,
  'takes silence for "not there"':
    'The read of "wanted" when the store cannot answer must reject, and was fulfilled',
  'remembers what nobody can have it forget': 'It gave a value of before in place of an error',
  'gives its last value while the back end is down': 'It gave a value of before in place of an error',
  'gives its last value while the back end is down, until invalidate':
    'It gave a value of before in place of an error',
  'lets one read without a response hold up all others': 'It threw or rejected: No answer in time',
  'lets one read hold up all others, at a back end that is far away':
    'It threw or rejected: No answer in time',
  'reads one at a time, each up to its deadline':
    'The other read was answered only after the first had been abandoned',
  'leaves its listener on the signal': 'After 3 calls that have ended, 6 listeners are left on their signal',
  'ignores the signal': 'The read must reject, and was fulfilled',
  'throws at a caller who has left, in place of a rejection': 'It threw or rejected: the caller left',
  'looks at the signal only before the read': 'The read must reject, and was fulfilled',
  'rejects with an error of its own for a caller who left':
    "The read must reject with the signal's own reason, and rejects with another",
  'gives "not there" to a caller who left': 'The read must reject, and was fulfilled',
  'ends the read of all when one caller leaves': 'It threw or rejected: the caller left',
  'looks at the signal when the back end has answered':
    "The read must reject with the signal's own reason, and rejects with another",
  'asks its back end for a caller who has left already':
    'The number of reads of two callers who stayed must be 4, and is 3',
  'remembers a secret for ever': 'The field "first" of the changed secret has another value',
  'gives what it read before for what was removed': 'A secret that was removed must be undefined',
  'remembers "not there" for ever': 'the secret that was added must be there, and is not',
  'remembers the response to a read from before invalidate':
    'The field "first" of the secret, asked for after invalidate has another value',
  'remembers an error': 'It threw or rejected: The back end answered with 500',
  'leaves the read unhandled when its caller has left': 'The failed read was left as an unhandled rejection',
};
