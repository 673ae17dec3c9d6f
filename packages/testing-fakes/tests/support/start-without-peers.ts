// Run in a process of its own: what a frontend says where `@temporalio/proto` is not installed.
import { registerHooks } from 'node:module';
import { FakeTemporalFrontend } from '../../src/index.ts';

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier.startsWith('@temporalio/')) throw new Error(`Cannot find package '${specifier}'`);
    return next(specifier, context);
  },
});
await FakeTemporalFrontend.start().catch((error: unknown) => {
  console.log(String(error));
});
