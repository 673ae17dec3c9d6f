import { packageBuild } from '@worker-auth/workspace/tsup';

export default packageBuild();
