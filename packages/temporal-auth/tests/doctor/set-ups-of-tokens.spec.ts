import { setUpsOfTokenAnswers } from '../support/set-ups-of-token-answers.ts';
import { setUpsOfTokenEndpoint } from '../support/set-ups-of-token-endpoint.ts';
import { setUpsOfTokens } from '../support/set-ups-of-tokens.ts';
import { toldSetUps } from '../support/told-set-ups.ts';

toldSetUps([...setUpsOfTokenEndpoint, ...setUpsOfTokenAnswers, ...setUpsOfTokens]);
