import { join } from 'node:path';
import { projectTests } from '@worker-auth/workspace/vitest';
import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { machines } from './src/machines.ts';
import { withToldChanges } from './src/told-changes.ts';

const workspace = join(import.meta.dirname, '../..');
const sources = new Map(
  machines.map((machine) => [join(workspace, machine.package, machine.file), machine] as const),
);

/** The tests of a package as they are, on sources that tell of each change of state. */
export default mergeConfig(projectTests(), {
  plugins: [
    {
      name: 'told-changes',
      enforce: 'pre',
      transform: (code: string, id: string) => {
        const machine = sources.get(id);
        return machine === undefined ? undefined : withToldChanges(code, machine);
      },
    },
  ],
  test: { setupFiles: [join(import.meta.dirname, 'src/recording/setup.ts')] },
} satisfies ViteUserConfig) as ViteUserConfig;
