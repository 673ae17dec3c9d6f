import { projectRules } from '@worker-auth/workspace/eslint';
import { roomRules } from '@worker-auth/workspace/rooms';

const withoutSdk = {
  group: ['@temporalio/*', '@grpc/*', '!@temporalio/worker', '!@temporalio/envconfig'],
  message: 'The agent has no SDK of Temporal beside it.',
};

export default [
  ...projectRules(import.meta.dirname),
  {
    files: ['src/**'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [withoutSdk] }] },
  },
  ...roomRules([
    'errors',
    'conditions',
    'settings',
    'network',
    'tokens',
    'connections',
    'delivery',
    'metrics',
  ]),
];
