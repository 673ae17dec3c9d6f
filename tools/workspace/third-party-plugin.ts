import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Options } from 'tsup';
import { billOfMaterials, licensesPage, type Product } from './bill-of-materials.ts';
import { packageFolder, thirdPartyIn } from './third-party.ts';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** What a source map has of texts. */
interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
}

/**
 * Says in the built package what of others is compiled into it, in `THIRD-PARTY-LICENSES.md` and `sbom.cdx.json`, and keeps the texts of others out of its
 * source maps, most of which they would be. A stack trace still names their files and lines.
 *
 * @param folder of the package, with its package.json
 */
export function thirdParty(folder: string): Plugin {
  return {
    name: 'third-party',
    setup(build) {
      const { absWorkingDir = process.cwd(), outdir = folder } = build.initialOptions;
      build.onEnd(async ({ metafile, outputFiles = [] }) => {
        for (const file of outputFiles.filter(({ path }) => path.endsWith('.map'))) {
          file.contents = encode(withoutOthersTexts(JSON.parse(file.text) as SourceMap));
        }
        const packages = await thirdPartyIn(metafile ?? { outputs: {} }, absWorkingDir);
        if (packages.length === 0) return;
        const product = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Product;
        const add = (name: string, text: string): void => {
          const path = resolve(absWorkingDir, outdir, name);
          outputFiles.push({ path, contents: new TextEncoder().encode(text), hash: '', text });
        };
        add('THIRD-PARTY-LICENSES.md', licensesPage(product, packages));
        add('sbom.cdx.json', `${JSON.stringify(billOfMaterials(product, packages), undefined, 2)}\n`);
      });
    },
  };
}

function withoutOthersTexts(map: SourceMap): SourceMap {
  const isOurs = map.sources.map((source) => packageFolder(source).length === 0);
  return { ...map, sourcesContent: map.sourcesContent.map((text, index) => (isOurs[index] ? text : null)) };
}

function encode(map: SourceMap): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(map));
}
