import { installedNpmProject, type NpmProject } from '@worker-auth/servers';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Bundler, formats } from './bundler.ts';

const project: NpmProject = {
  name: 'bundlers',
  folder: join(import.meta.dirname, '../../bundlers'),
  proof: 'node_modules/webpack/package.json',
};

interface Rollup {
  readonly rollup: (options: object) => Promise<{ write(options: object): Promise<unknown> }>;
}

interface WebpackStats {
  toJson(options: object): Readonly<Record<'errors' | 'warnings', readonly WebpackMessage[]>>;
}

interface WebpackMessage {
  readonly moduleName?: string;
  readonly message: string;
}

interface WebpackCompiler {
  run(done: (error: Error | null, stats: WebpackStats) => void): void;
  close(done: (error: Error | null) => void): void;
}

/** Rollup with the plugins for CommonJS and JSON, and webpack. Their warnings are those about our packages: Temporal's SDK has its own. */
export async function otherBundlers(): Promise<readonly Bundler[]> {
  const load = createRequire(join(await installedNpmProject(project), 'package.json'));
  const isOurs = (text: string): boolean => text.includes('worker-auth');
  return (['esm', 'cjs'] as const).flatMap((format) => [
    {
      name: `rollup, ${format}`,
      bundle: async (program, target) => {
        const warnings = await runRollup(load, program, target, format);
        return { file: join(target, `main.${formats[format]}`), warnings: warnings.filter(isOurs) };
      },
    },
    {
      name: `webpack, ${format}`,
      bundle: async (program, target) => {
        const warnings = await runWebpack(load, program, target, format);
        return { file: join(target, `main.${formats[format]}`), warnings: warnings.filter(isOurs) };
      },
    },
  ]);
}

async function runRollup(
  load: NodeJS.Require,
  input: string,
  dir: string,
  format: keyof typeof formats,
): Promise<string[]> {
  const { rollup } = load('rollup') as Rollup;
  const { nodeResolve } = load('@rollup/plugin-node-resolve') as {
    readonly nodeResolve: (options: object) => unknown;
  };
  const [commonjs, json] = ['commonjs', 'json'].map(
    (name) => load(`@rollup/plugin-${name}`) as () => unknown,
  );
  const warnings: string[] = [];
  const bundle = await rollup({
    input,
    plugins: [nodeResolve({ exportConditions: ['node'] }), commonjs?.(), json?.()],
    onLog: (_level: string, log: { readonly message: string; readonly id?: string }) =>
      warnings.push(`${log.id ?? ''}: ${log.message}`),
  });
  const names = {
    entryFileNames: `main.${formats[format]}`,
    chunkFileNames: `[name].${formats[format]}`,
  };
  await bundle.write({ dir, format, ...names });
  return warnings;
}

async function runWebpack(
  load: NodeJS.Require,
  entry: string,
  path: string,
  format: keyof typeof formats,
): Promise<string[]> {
  const webpack = load('webpack') as (options: object) => WebpackCompiler;
  const isEsm = format === 'esm';
  const compiler = webpack({
    ...{ entry, mode: 'production', target: 'node22', optimization: { minimize: false } },
    output: {
      path,
      filename: `main.${formats[format]}`,
      module: isEsm,
      chunkFormat: isEsm ? 'module' : 'commonjs',
    },
    experiments: { outputModule: isEsm },
  });
  const { promise, resolve, reject } = Promise.withResolvers<WebpackStats>();
  compiler.run((error, stats) => {
    if (error === null) resolve(stats);
    else reject(error);
  });
  const { errors, warnings } = (await promise).toJson({ all: false, errors: true, warnings: true });
  compiler.close(() => undefined);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return warnings.map(({ moduleName = '', message }) => `${moduleName}: ${message}`);
}
