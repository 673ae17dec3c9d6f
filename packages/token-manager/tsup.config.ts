import { packageBuild } from '@worker-auth/workspace/tsup';

export default packageBuild([
  'src/index.ts',
  'src/private-key-jwt.ts',
  'src/workload-identity.ts',
  'src/aws-web-identity.ts',
]);
