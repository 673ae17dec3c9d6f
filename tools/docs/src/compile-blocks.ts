import { join } from 'node:path';
import ts from 'typescript';
import { type PageBlock, placeOf } from './page-blocks.ts';

/** Declarations of packages that are not dependencies here. */
const notInstalled = join(import.meta.dirname, 'not-installed.d.ts');

/**
 * Has the compiler read blocks of TypeScript against the sources of this repository, each as a module of its own in the place of its page.
 *
 * @param workspace the top of the repository
 * @returns what is wrong with them, each with its place
 */
export function compileBlocks(blocks: readonly PageBlock[], workspace: string): readonly string[] {
  const options = compilerOptions(workspace);
  const host = ts.createCompilerHost(options);
  const files = new Map(blocks.map((block) => [fileOf(block, blocks, workspace), block] as const));
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (file) => files.get(file)?.code ?? readFile(file);
  host.fileExists = (file) => files.has(file) || fileExists(file);
  // Without it, nothing is looked for in a folder that is not there.
  delete host.directoryExists;
  const program = ts.createProgram([...files.keys(), notInstalled], options, host);
  return [...files].flatMap(([file, block]) => {
    const source = program.getSourceFile(file);
    const faults = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return faults.map(({ messageText, start = 0 }) => {
      const line = block.line + 1 + block.code.slice(0, start).split('\n').length - 1;
      return `${placeOf({ ...block, line })}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

/** Each page has a folder of its own; of two blocks with one name the first has it. */
function fileOf(block: PageBlock, blocks: readonly PageBlock[], workspace: string): string {
  const { page, file, line } = block;
  const first = blocks.find((each) => each.page === page && each.file === file);
  const name = file !== undefined && first === block ? file : `example-${line}.ts`;
  return join(workspace, page.replace(/\.md$/, ''), name);
}

function compilerOptions(workspace: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(workspace, 'tsconfig.base.json'), (file) =>
    ts.sys.readFile(file),
  ) as { config: { compilerOptions: unknown } };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, workspace);
  return {
    ...options,
    ...{
      composite: false,
      declaration: false,
      declarationMap: false,
      emitDeclarationOnly: false,
      noEmit: true,
    },
    // A block shows a part of a program: what it makes, the reader uses.
    noUnusedLocals: false,
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
}
