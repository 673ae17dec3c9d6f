import { projectRules } from '@worker-auth/workspace/eslint';
import { roomRules } from '@worker-auth/workspace/rooms';

export default [
  ...projectRules(import.meta.dirname),
  ...roomRules(
    ['settings', 'network', 'connection', 'delivery', 'worker', 'health', 'doctor', 'facade', 'cli'],
    { doors: ['**/engine.ts', '**/plugin.ts'], above: 'facade', pure: ['settings', 'health'] },
  ),
];
