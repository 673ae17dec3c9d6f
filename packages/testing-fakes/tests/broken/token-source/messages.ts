import { late } from '../../support/broken-promises.ts';

/** What the contract says of broken token sources, by their fault. */
export const tokenSourceMessages: Readonly<Record<string, string>> = {
  'asks for a token for its subscriber': 'The number of requests must be 0, and is 1',
  'peeks by a request': 'The number of requests must be 0, and is 1',
  'asks for a token when it is made': 'The number of requests must be 0, and is 1',
  'gives an empty text where there is no token': 'peek must give undefined before the first token',
  'gives a token that is over': 'getToken must not give a token that is over',
  'peeks at a token that is over': 'peek must not give a token that is over',
  'gives nothing for a token': 'A token must be visible ASCII',
  'gives a token with its scheme': 'A token must be visible ASCII',
  'gives the line break at the end of what it read': 'A token must be visible ASCII',
  'makes a request for each caller': 'All who ask at the same time must get the same',
  'asks once more for each caller who waits': 'The number of requests for 100 callers must be 1, and is 100',
  'peeks at nothing': 'peek must give the token that getToken gave',
  'caches nothing': 'getToken must give the same token again',
  'refreshes a good token behind each time, at an endpoint that is far away':
    'The number of requests must be 1, and is 2',
  'serves a good token and refreshes it behind each time': 'The number of requests must be 1, and is 2',
  'keeps a token that was forced from everybody else': 'The new token must be served',
  'asks once more for each caller who forces':
    'The number of requests, the first one included must be 2, and is 101',
  'ignores forceRefresh': 'All who force a refresh must get a new token',
  'takes the presence of an option for its value': 'The cached token must be served',
  'ignores the signal': 'The call of a caller who has left must reject, and was fulfilled',
  'asks first and looks at the signal of a caller who has left afterwards':
    'The number of requests must be 0, and is 1',
  'looks at the signal only when it is called':
    'The wait of the caller who left must reject, and was fulfilled',
  'lets the signal of the first caller end the request of all': 'It threw or rejected: the caller left',
  'rejects with an error of its own for a caller who left':
    "The wait of the caller who left must reject with the signal's own reason, and rejects with another",
  'lets nobody leave who joined a request': 'The wait of the caller who left must reject, and was fulfilled',
  'ends the wait of all when one of them leaves': 'It threw or rejected: the caller left',
  'gives an empty token to a caller who left':
    'The wait of the caller who left must reject, and was fulfilled',
  'looks at the signal when the response has come': late,
  'gives the next caller the error of the one who left': 'It threw or rejected: the caller left',
  'leaves its listener on the signal': 'After 3 calls that have ended, 3 listeners are left on their signal',
  'prints its token for those who debug': 'A secret was printed by console.debug',
  'keeps its token in a public field': 'The token is shown',
  'hides its token from inspect alone': 'The token is shown',
  'is printed as its token': 'The token is shown',
  'makes a request for whatever token is rejected': 'The current token must be given',
  'refreshes behind a rejection of another token': 'The number of requests must be 1, and is 2',
  'has no token for a rejection before the first': 'The first token must be given',
  'asks for a token before it looks at the rejected one': 'The number of requests must be 1, and is 2',
  'tells each token twice': 'The subscriber was called 2 times, not once',
  'tells the token of before': 'The subscriber must be told the current token',
  'lets nobody leave who rejected a token': 'The wait of the caller who left must reject, and was fulfilled',
  'gives the rejected token to the rest': 'The caller who stayed must get another token',
  'has no token for who rejects one': 'All who rejected the old token must get a new one',
  'asks once more for each rejection':
    'The number of requests for 100 rejections, the first one included must be 2, and is 101',
  'ignores rejectedToken': 'All who rejected the old token must get a new one',
  'makes a request for each rejection': 'All who ask at the same time must get the same',
  'takes rejectedToken for forceRefresh': 'All late rejections must be answered with the current token',
  'refreshes behind a late rejection': 'The number of requests, the first one included must be 2, and is 3',
  'serves everybody the other token': 'getToken must give the current token while another is on its way',
  'drops the token that was rejected for everybody':
    'peek must give the current token while another is on its way',
  'lets everybody wait while it gets another token': late,
  'drops the token that was rejected when no other can be had':
    'The current token must be served after the failure',
  'gives the rejected token after all when no other can be had':
    'The call of who rejected the token must reject, and was fulfilled',
  'gives the rejected token to who rejects it again': 'No caller may get the token that he rejected',
  'lets rejections past its backoff': '10 requests for a second round of rejections',
  'tells nobody': 'The subscriber must be told each new token once, in order',
  'ends no subscription': 'The subscriber must be told each new token once, in order',
  'tells each caller’s token again':
    'The number of calls with the token that is known already must be 0, and is 1',
  'tells a new subscriber the token of before':
    'The number of calls with the token that is known already must be 0, and is 1',
  'tells a token before it serves it': 'peek must give the new token inside of a subscriber',
  'ends its publishing at a subscriber that throws': 'The other subscriber must be told the token',
  'fails when a subscriber throws': 'It threw or rejected: a subscriber failed',
  'leaves the rejection of a subscriber unhandled':
    "The subscriber's promise was left as an unhandled rejection",
  'keeps its subscribers in a set':
    'The number of calls of a listener that was added twice must be 2, and is 1',
  'ends one more subscription each time that one leaves':
    'The number of calls after one of its subscriptions ended must be 3, and is 2',
  'ends all subscriptions of a function with one':
    'The number of calls after one of its subscriptions ended must be 3, and is 2',
  'ends the newest subscription in place of the one':
    "Who was told must be [ 'second', 'third' ], and is [ 'third' ]",
  'calls a listener that another one has just unsubscribed':
    'The number of calls of two listeners that unsubscribe each other must be 1, and is 2',
  'misses a subscriber when the one before leaves while he is told':
    "Who was told must be [ 'first', 'second', 'second' ], and is [ 'first', 'second' ]",
  'makes a request for each caller while requests fail': '100 requests for the callers of a second round',
  'gives every other caller an empty token': 'All who ask at the same time must get the same',
  'gives later callers an empty token': 'Every later caller must get the error',
  'swallows the error of a request': 'Every caller must get the error',
  'drops a good token when a refresh fails': 'The good token must be served',
  'serves a token that is over when no other can be had':
    'getToken without a good token must reject, and was fulfilled',
  'tells its subscribers the old token again when a request fails':
    'The number of calls of the subscriber must be 0, and is 1',
  'gives the token of before when a forced refresh fails':
    'The forced refresh must reject, and was fulfilled',
  'shows its token in its error': 'The error shows a secret',
  'leaves the request unhandled when all callers have left':
    'The failed request was left as an unhandled rejection',
  'remembers its first failure for ever': 'It threw or rejected: the endpoint fails',
};
