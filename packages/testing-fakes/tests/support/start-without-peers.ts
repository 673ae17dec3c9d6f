// Run in a process of its own: what a frontend does where `@temporalio/proto` is not beside the package, but perhaps in the project around it.
import { registerHooks } from 'node:module';
import { FakeTemporalFrontend } from '../../src/frontend/fake-temporal-frontend.ts';

const isInProject = process.argv.includes('--in-project');
registerHooks({
  resolve: (specifier, context, next) => {
    const isOfProject = context.parentURL?.endsWith('/package.json') === true;
    if (specifier.startsWith('@temporalio/') && !(isInProject && isOfProject)) {
      throw new Error(`Cannot find package '${specifier}'`);
    }
    return next(specifier, context);
  },
});
await FakeTemporalFrontend.start().then(
  async (frontend) => {
    console.log('started');
    await frontend.stop();
  },
  (error: unknown) => {
    console.log(String(error));
  },
);
