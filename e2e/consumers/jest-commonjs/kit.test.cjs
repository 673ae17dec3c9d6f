const defineSuite = require('../suite.cjs');
const { describe, it } = require('@jest/globals');
const scheduler = require('@worker-auth/refresh-scheduler');
const store = require('@worker-auth/secret-store');
const kit = require('@worker-auth/testing-fakes');
const tokens = require('@worker-auth/token-manager');

defineSuite({ kit, store, tokens, scheduler, describe, it });
