import { cp, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { currentManifest } from '../registry/project-folder.ts';
import type { Registry } from '../registry/registry.ts';
import type { PagePlan } from './book.ts';
import { Chapter } from './chapter.ts';
import { type Home, openHome } from './home.ts';
import { type Block, type Page, readPage, workspace } from './page.ts';
import type { PageServers } from './servers.ts';

/** Does what pages say, in their order and as printed, with no more than they say: in an empty folder, or in the project that they are for. */
export class Reader implements AsyncDisposable {
  readonly #servers: PageServers;
  readonly #home: Home;
  /** The last project in which something was installed. What the next one has in common with it is there already; npm takes away the rest. */
  #installedIn: string | undefined;

  /** @param registry where packages of ours come from, by the reader's own `.npmrc` */
  static async with(registry: Registry, servers: PageServers): Promise<Reader> {
    return new Reader(servers, await openHome(registry));
  }

  private constructor(servers: PageServers, home: Home) {
    this.#servers = servers;
    this.#home = home;
  }

  /**
   * @returns the folder of the last project, as the page leaves it
   * @throws Error for a block that nobody knows how to run, that fails, or that does not print what the page shows
   */
  async read(path: string, plan: PagePlan): Promise<string> {
    const page = await readPage(path);
    await this.#servers.endWorkflows();
    let folder = '';
    let variables: Readonly<Record<string, string>> = {};
    for (const [number, blocks] of chaptersOf(page, plan).entries()) {
      folder = await this.#newFolder(number === 0 ? plan : {}, number, path);
      const before = number === 0 ? (plan.before ?? []) : [];
      const texts = [...before.map(({ block }) => block), ...blocks.map(({ code }) => code)];
      if (texts.some((text) => /^npm install/m.test(text))) await this.#bringModules(folder);
      const { path: home } = this.#home;
      const servers = this.#servers;
      await using chapter = new Chapter({ page, plan, before, blocks, folder, home, variables, servers });
      variables = await chapter.run((node) => this.#home.environment(node));
    }
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#home[Symbol.asyncDispose]();
  }

  async #bringModules(folder: string): Promise<void> {
    const [from, to] = [this.#installedIn, folder].map((project) => join(project ?? '', 'node_modules'));
    if (this.#installedIn !== undefined) await rename(from ?? '', to ?? '').catch(() => undefined);
    this.#installedIn = folder;
  }

  async #newFolder({ project, files = {} }: PagePlan, number: number, path: string): Promise<string> {
    const folder = join(this.#home.path, 'projects', `${path.replaceAll(/\W/g, '-')}-${number}`);
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    if (project === undefined) return folder;
    const filter = (file: string): boolean => !file.endsWith('node_modules');
    await cp(join(workspace, project), folder, { recursive: true, filter });
    await writeFile(join(folder, 'package.json'), await currentManifest(project));
    return folder;
  }
}

/** The blocks of a page by the project that they are for. */
function chaptersOf(page: Page, { newFolderAt = [] }: PagePlan): readonly (readonly Block[])[] {
  const chapters: Block[][] = [];
  let section = '';
  for (const block of page.blocks) {
    const isNew = block.section !== section && newFolderAt.includes(block.section);
    if (chapters.length === 0 || isNew) chapters.push([]);
    chapters.at(-1)?.push(block);
    section = block.section;
  }
  return chapters;
}
