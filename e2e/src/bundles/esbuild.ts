import { build } from 'esbuild';
import { join } from 'node:path';
import { type Bundler, formats } from './bundler.ts';

/** Temporal's SDK is CommonJS: in an ES module it needs a `require`, which is what everybody gives it. */
const requireForEsm =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** `esbuild --bundle --platform=node --format=...`. */
export const esbuildBundlers: readonly Bundler[] = (['esm', 'cjs'] as const).map((format) => ({
  name: `esbuild, ${format}`,
  bundle: async (program, target) => {
    const file = join(target, `program.${formats[format]}`);
    const { warnings } = await build({
      ...{ entryPoints: [program], outfile: file, format },
      ...{ bundle: true, platform: 'node', logLevel: 'silent' },
      ...(format === 'esm' && { banner: { js: requireForEsm } }),
    });
    return { file, warnings: warnings.map(({ text, location }) => `${location?.file ?? ''}: ${text}`) };
  },
}));
