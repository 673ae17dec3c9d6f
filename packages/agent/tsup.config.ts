import { programBuild } from '@worker-auth/workspace/tsup';

export default programBuild('src/worker-auth-agent.ts');
