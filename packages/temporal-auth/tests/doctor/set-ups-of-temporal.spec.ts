import { setUpsOfOperators } from '../support/set-ups-of-operators.ts';
import { setUpsOfTemporal } from '../support/set-ups-of-temporal.ts';
import { toldSetUps } from '../support/told-set-ups.ts';

toldSetUps([...setUpsOfTemporal, ...setUpsOfOperators]);
