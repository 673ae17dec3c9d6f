import { testBundler } from '../src/bundles/bundle-tests.ts';
import { otherBundlers } from '../src/bundles/other-bundlers.ts';

for (const bundler of await otherBundlers()) testBundler(bundler);
