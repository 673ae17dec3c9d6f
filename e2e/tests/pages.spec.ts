import { describeWith } from '../src/fixtures/describe-with.ts';
import { firstScreens } from '../src/pages/book.ts';
import { pageTests } from '../src/pages/page-tests.ts';

await describeWith(['verdaccio', 'temporal-cli'], 'a reader who does what the first screen says', () => {
  pageTests(firstScreens);
});
