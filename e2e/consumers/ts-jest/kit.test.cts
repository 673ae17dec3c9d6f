import { describe, it } from '@jest/globals';
import * as scheduler from '@worker-auth/refresh-scheduler';
import * as store from '@worker-auth/secret-store';
import * as kit from '@worker-auth/testing-fakes';
import * as tokens from '@worker-auth/token-manager';
import defineSuite = require('../suite.cjs');

defineSuite({ kit, store, tokens, scheduler, describe, it });
