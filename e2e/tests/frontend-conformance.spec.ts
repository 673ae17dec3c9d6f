import '../src/fixtures/runtime-log.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { conformanceTests } from '../src/frontend-conformance/tests.ts';

// None that depends on how fast the machine is; all of them run in soak.
await describeWith(['temporal-cli'], 'the fake frontend does what a real server does:', () => {
  conformanceTests([
    ...['a result', 'a failure', 'the result of an activity', 'an activity that fails at all attempts'],
    ...['signals', 'a termination'],
    ...['a namespace that there is not', 'requests that lack something'],
  ]);
});
