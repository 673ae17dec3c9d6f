import { packageBuild } from '@worker-auth/workspace/tsup';

export default packageBuild([
  'src/index.ts',
  'src/client.ts',
  'src/cli.ts',
  'src/doctor-program.ts',
  'src/opentelemetry.ts',
]);
