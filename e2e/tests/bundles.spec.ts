import { esbuildBundlers } from '../src/bundles/esbuild.ts';
import { testBundler } from '../src/bundles/bundle-tests.ts';

for (const bundler of esbuildBundlers) testBundler(bundler);
