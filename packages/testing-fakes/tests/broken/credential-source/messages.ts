import { late } from '../../support/broken-promises.ts';

/** What the contract says of broken credential sources, by their fault. */
export const credentialSourceMessages: Readonly<Record<string, string>> = {
  'takes one for the other': "The client id must be 'contract-id-1', and is 'contract-secret-1'",
  'takes a signal that is undefined for a signal':
    "It threw or rejected: Cannot read properties of undefined (reading 'throwIfAborted')",
  'reads when it is made': 'The number of reads before the first get must be 0, and is 1',
  'has credentials without a read': 'The first get must read the store',
  'reads when it is invalidated': 'The number of reads before the first get must be 0, and is 1',
  'does not say where the credentials came from': 'The credentials must say where they came from',
  'says nothing for where the credentials came from': 'The credentials must say where they came from',
  'says the secret with where it came from': 'Where they came from shows the client secret',
  'gives a plain object': 'The client secret is shown',
  'hides the secret from inspect and not from JSON': 'The client secret is shown',
  'hides the secret as a property that is not enumerable': 'The client secret is shown',
  'hides such a property from inspect as well': 'The client secret is shown',
  'keeps what it read in a public field': 'The client secret is shown',
  'hides the secret behind a getter that JSON reads': 'The client secret is shown',
  'prints the secret for those who debug': 'A secret was printed by console.debug',
  'leaves its listener on the signal': 'After 3 calls that have ended, 3 listeners are left on their signal',
  'gives all callers one object whose client id can be changed':
    "The client id must be 'contract-id-1', and is 'changed by a caller'",
  'gives all callers one object whose secret can be changed':
    'The client secret must be the one of the client id',
  'gives every caller an object that he can change':
    "The client id must be 'contract-id-1', and is 'changed by a caller'",
  'remembers nothing': "The client id must be 'contract-id-1', and is 'contract-id-2'",
  'reads behind each call, from a store that is far away': 'The number of reads must be 2, and is 3',
  'reads again behind each call': 'The number of reads must be 2, and is 3',
  'ignores invalidate': "The client id must be 'contract-id-2', and is 'contract-id-1'",
  'invalidates once and never again': "The client id must be 'contract-id-1', and is 'contract-id-2'",
  'mixes the id of before with the secret of now':
    "The client id must be 'contract-id-2', and is 'contract-id-1'",
  'mixes the secret of before with the id of now': 'The client secret must be the one of the client id',
  'serves the old credentials when there are none any more':
    'The get after the credentials were removed must reject, and was fulfilled',
  'remembers the response to a read from before invalidate':
    "The client id must be 'contract-id-1', and is 'contract-id-2'",
  'lets a new caller join a read from before invalidate':
    "The client id must be 'contract-id-2', and is 'contract-id-1'",
  'reads for each caller': 'The number of reads for one caller and 100 more must be 2, and is 101',
  'ignores the signal': 'The wait of the caller who left must reject, and was fulfilled',
  'looks at the signal only when it is called':
    'The wait of the caller who left must reject, and was fulfilled',
  'lets the signal of one caller end the read of all': 'It threw or rejected: the caller left',
  'does not let a caller go who joined a read':
    'The wait of the caller who left must reject, and was fulfilled',
  'ends the wait of all when one of them leaves': 'It threw or rejected: the caller left',
  'looks at the signal when the store has answered': late,
  'gives nothing to a caller who left': 'The wait of the caller who left must reject, and was fulfilled',
  'gives the next caller the error of the one who left': 'It threw or rejected: the caller left',
  'does not look at the signal when it is called':
    'The call of a caller who has left must reject, and was fulfilled',
  'reads for a caller who has left already': 'The number of reads must be 0, and is 1',
  'remembers a failure': 'It threw or rejected: There are no credentials',
  'gives undefined where there are no credentials':
    'The get without credentials to give must reject, and was fulfilled',
  'rejects with nothing': 'What it rejects with must have a message',
  'rejects without a word': 'What it rejects with must have a message',
  'gives an id without a secret': 'The get of a client id without a secret must reject, and was fulfilled',
  'gives a secret without an id': 'The get of a client secret without an id must reject, and was fulfilled',
  'gives all but the first caller undefined': 'Every caller must get the error',
  'reads for each caller while there are none': '101 reads for one caller and 100 more',
  'serves the old credentials when the store cannot answer':
    'The get without credentials to give must reject, and was fulfilled',
  'asks a store no more that could not answer': 'It threw or rejected: the store is broken',
  'shows the old secret in its error': 'The error shows a secret',
  'leaves the read unhandled when its caller has left': 'The failed read was left as an unhandled rejection',
};
