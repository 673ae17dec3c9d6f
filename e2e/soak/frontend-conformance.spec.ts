import '../src/fixtures/runtime-log.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { conformanceTests } from '../src/frontend-conformance/tests.ts';

await describeWith(['temporal-cli'], 'the fake frontend does what a real server does:', () => {
  conformanceTests();
});
