/** What came of a bundle. */
export interface Bundle {
  /** The file to start. */
  readonly file: string;
  /** What the bundler warned of. */
  readonly warnings: readonly string[];
}

/** A bundler with the settings that programs for Node need, for one format of modules. */
export interface Bundler {
  readonly name: string;
  /**
   * @param program the file that is bundled
   * @param target an empty folder for the bundle, in which no package is found
   */
  readonly bundle: (program: string, target: string) => Promise<Bundle>;
}

/** The formats of modules, with the end of a file's name by which Node knows them. */
export const formats = { esm: 'mjs', cjs: 'cjs' } as const;
