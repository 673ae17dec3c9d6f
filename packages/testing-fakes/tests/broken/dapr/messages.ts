import { late } from '../../support/broken-promises.ts';

/** What the contract says of broken adapters to a sidecar, by their fault. */
export const daprMessages: Readonly<Record<string, string>> = {
  'is never ready': 'What isReady gives must be true, and is false',
  'lists no component': "The type of the one component must be 'secretstores.local.file', and is undefined",
  'lists the first component alone':
    "The type of the other component must be 'secretstores.local.env', and is undefined",
  'has no environment': 'the variable must be there, and is not',
  'gives a variable that is empty': 'A variable that is not there must be undefined',
  'takes the name of a component in any case':
    'A read that the sidecar cannot answer must reject, and was fulfilled',
  'asks a sidecar no more that it could not reach': 'It threw or rejected: No answer of the sidecar',
  'takes a caller who left silence for a sidecar that is away':
    "The call must reject with the signal's own reason, and rejects with another",
  'looks at the signal when the response has come': late,
  'puts a name into the path without encoding it': 'It threw or rejected: The sidecar answered 400',
  'cuts a name at its first slash': 'the secret of an odd name must be there, and is not',
  'encodes a name as a whole URL': 'It threw or rejected: The sidecar answered 404',
  'lower-cases a name': '"Atlan-Deployment-Secrets" must be undefined: it is not there',
  'rejects for a secret that is not there': 'It threw or rejected: The sidecar answered 500',
  'gives an empty object for a secret that is not there':
    '"no-such-secret" must be undefined: it is not there',
  'gives a value that is empty': 'A secret without a value must be undefined',
  'gives the first field alone': 'The field "postgres_extraction_client_secret" of the secret is missing',
  'sends no token': 'It threw or rejected: The sidecar answered 401',
  'takes every 500 for "not there"': 'A read that the sidecar cannot answer must reject, and was fulfilled',
  'takes a component that is not there for a secret that is not there':
    'The read must reject, and was fulfilled',
  'takes an unknown component for a wrong token':
    "The code of the error must be 'SECRET_STORE_COMPONENT_NOT_FOUND', and is 'SECRET_STORE_API_TOKEN_REJECTED'",
  'takes a denial for "not there"': 'The read must reject, and was fulfilled',
  'repeats its token in an error': 'The error shows a secret',
  'attaches its request, token included, to an error': 'The error shows a secret',
  'gives errors with an empty code': 'The error must have a code',
  'gives errors without a code': 'The error must have a code',
  'tries again by itself': 'The number of requests for one read must be 1, and is 2',
  'shows the response in an error': 'The error shows a secret',
  'takes a list for fields': 'A read that the sidecar cannot answer must reject, and was fulfilled',
  'takes a page of HTML for "not there"':
    'A read that the sidecar cannot answer must reject, and was fulfilled',
  'gives no components when it cannot list them':
    'A read that the sidecar cannot answer must reject, and was fulfilled',
  'takes a response that broke off for "not there"':
    'A read that the sidecar cannot answer must reject, and was fulfilled',
  'asks for its health before each read':
    'The number of requests for "atlan-deployment-secrets" must be 1, and is 2',
  'remembers that components were loading': 'What isReady gives afterwards must be true, and is false',
  'is always ready': 'What isReady gives while components are loading must be false, and is true',
  'rejects while components are loading': 'It threw or rejected: not ready',
  'ignores the signal': 'The call must reject, and was fulfilled',
  'looks at the signal only before the request': 'The read must reject, and was fulfilled',
  'takes a caller who left for a sidecar that is away':
    "The read must reject with the signal's own reason, and rejects with another",
  'leaves its listener on the signal': 'After 3 calls that have ended, 12 listeners are left on their signal',
  'prints what it reads for those who debug': 'A secret was printed by console.debug',
  'asks for one thing at a time, after a while': late,
  'asks for one thing at a time': late,
  'gives a second read the response of the first': 'the secret must be there, and is not',
};
