import { packageBuild } from '@worker-auth/workspace/tsup';

export default packageBuild(['src/index.ts', 'src/dapr-sdk.ts', 'src/service.ts']);
