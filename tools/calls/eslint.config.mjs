import { projectRules } from '@worker-auth/workspace/eslint';
import { roomRules } from '@worker-auth/workspace/rooms';

const withoutSdk = {
  group: ['@temporalio/*', '@grpc/*', '!@temporalio/worker', '!@temporalio/envconfig'],
  message: 'The agent has no SDK of Temporal beside it.',
};

const noRestricted = '@typescript-eslint/no-restricted-imports';

export default [
  ...projectRules(import.meta.dirname),
  { files: ['src/*.ts'], rules: { [noRestricted]: ['error', { patterns: [withoutSdk] }] } },
  ...roomRules(
    ['errors', 'conditions', 'settings', 'network', 'tokens', 'connections', 'delivery', 'metrics'],
    { never: [withoutSdk] },
  ),
];
