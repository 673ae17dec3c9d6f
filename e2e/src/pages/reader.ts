import { cleanEnvironment } from '@worker-auth/servers';
import { cp, mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { currentManifest } from '../consumers/project-folder.ts';
import { type TemporaryFolder, temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { Registry } from '../registry/registry.ts';
import { nodeOf } from '../registry/toolchains.ts';
import { applyDiff } from './apply-diff.ts';
import type { PagePlan } from './book.ts';
import { type Block, type Command, commandsOf, nodesNamed, type Page, readPage, workspace } from './page.ts';
import type { PageServers } from './servers.ts';
import { substituted, variablesOf } from './substitutions.ts';
import { type Ended, Terminal } from './terminal.ts';

/** What a reader has done with a page. */
export interface Reading {
  /** The places of the blocks that were run, compared or made into files. */
  readonly done: readonly string[];
  /** The folder of the last project, as the page leaves it. */
  readonly folder: string;
}

/** The first Node that takes the types away without an option, and the first that knows `await using`. */
const [forTypeScript, forUsing] = ['22.18', '24'] as const;

/** Does what pages say, in their order and as printed, with no more than they say: in an empty folder, or in the project that they are for. */
export class Reader implements AsyncDisposable {
  readonly #servers: PageServers;
  readonly #home: TemporaryFolder;

  /** @param registry where packages of ours come from, by the reader's own `.npmrc` */
  static async with(registry: Registry, servers: PageServers): Promise<Reader> {
    const home = await temporaryFolder();
    await home.write('.npmrc', `${await ownNpmrc()}\n${registry.npmrc}`);
    // What npm has downloaded before is kept; what `npx` has installed is not: that would be another build of the same version.
    await mkdir(join(home.path, '.npm'));
    await mkdir(join(homedir(), '.npm/_cacache'), { recursive: true });
    await symlink(join(homedir(), '.npm/_cacache'), join(home.path, '.npm/_cacache'));
    return new Reader(servers, home);
  }

  private constructor(servers: PageServers, home: TemporaryFolder) {
    this.#servers = servers;
    this.#home = home;
  }

  /** @throws Error for a block that nobody knows how to run, that fails, or that does not print what the page shows */
  async read(path: string, plan: PagePlan): Promise<Reading> {
    const page = await readPage(path);
    const done: string[] = [];
    const chapters = chaptersOf(page, plan);
    let folder = '';
    for (const blocks of chapters) {
      const first = blocks[0] === page.blocks[0];
      folder = await this.#newFolder(first ? plan.project : undefined, chapters.indexOf(blocks), path);
      await using chapter = new Chapter(page, plan, blocks, folder, this.#home.path, this.#servers);
      await chapter.run();
      done.push(...blocks.filter((block) => reasonNotTo(block, plan) === undefined).map(({ place }) => place));
    }
    return { done, folder };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#home[Symbol.asyncDispose]();
  }

  async #newFolder(project: string | undefined, number: number, path: string): Promise<string> {
    const folder = join(this.#home.path, 'projects', `${path.replaceAll(/\W/g, '-')}-${number}`);
    await mkdir(folder, { recursive: true });
    if (project === undefined) return folder;
    await cp(join(workspace, project), folder, { recursive: true, filter: (file) => !file.endsWith('node_modules') });
    await writeFile(join(folder, 'package.json'), await currentManifest(project));
    return folder;
  }
}

/** How this machine reaches the registry of others. The reader's variables are those of the pages, so it stands in a file. */
async function ownNpmrc(): Promise<string> {
  const { HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS, npm_config_registry } = process.env;
  const settings = { 'https-proxy': HTTPS_PROXY, noproxy: NO_PROXY, cafile: NODE_EXTRA_CA_CERTS, registry: npm_config_registry };
  const lines = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const own = await readFile(join(homedir(), '.npmrc'), 'utf8').catch(() => '');
  return [...lines, own].join('\n');
}

/** Why a block is not run; `undefined` for one that is. */
export function reasonNotTo(block: Block, { notRun = {} }: PagePlan): string | undefined {
  if (block.language === 'mermaid') return 'the site draws it';
  return Object.entries(notRun).find(([begin]) => block.code.trimStart().startsWith(begin))?.[1];
}

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

/** The blocks of a page that are for one project. */
class Chapter implements AsyncDisposable {
  readonly #page: Page;
  readonly #plan: PagePlan;
  readonly #blocks: readonly Block[];
  readonly #folder: string;
  readonly #home: string;
  readonly #servers: PageServers;
  readonly #terminals: Terminal[] = [];
  /** What runs until the end of the chapter. */
  readonly #running: { readonly text: string; readonly terminal: Terminal; readonly end: Promise<Ended> }[] = [];
  #last: Ended | undefined;
  #examples = 0;

  constructor(
    page: Page,
    plan: PagePlan,
    blocks: readonly Block[],
    folder: string,
    home: string,
    servers: PageServers,
  ) {
    this.#page = page;
    this.#plan = plan;
    this.#blocks = blocks;
    this.#folder = folder;
    this.#home = home;
    this.#servers = servers;
  }

  async run(): Promise<void> {
    this.#terminals.push(new Terminal(this.#folder, await this.#environment()));
    for (const { path, section } of this.#plan.before ?? []) {
      const earlier = await readPage(path);
      const blocks = earlier.blocks.filter((block) => block.section === section && block.language === 'sh');
      if (blocks.length === 0) throw new Error(`${path} has no commands under "${section}"`);
      for (const block of blocks) await this.#type(block);
    }
    for (const block of this.#blocks) {
      if (reasonNotTo(block, this.#plan) !== undefined) continue;
      try {
        await this.#do(block);
      } catch (error) {
        throw new Error(`${block.place}: ${(error as Error).message}`, { cause: error });
      }
    }
    await this.#stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#terminals.map((terminal) => terminal[Symbol.asyncDispose]()));
  }

  async #do(block: Block): Promise<void> {
    const code = substituted(block.code, this.#servers);
    if (block.language === 'sh') await this.#type(block);
    else if (block.language === 'diff') await applyDiff(code, this.#folder, this.#plan.diffIsFor);
    else if (block.language === 'text') this.#compare(block);
    else if (block.language !== 'ts') throw new Error(`nobody knows how to run a block of "${block.language}"`);
    else if (block.file !== undefined) await writeFile(join(this.#folder, block.file), code);
    else await this.#example(code);
  }

  /** A command behind which another one is for another terminal goes on to the end of the chapter. */
  async #type(block: Block): Promise<void> {
    const commands = commandsOf({ code: substituted(block.code, this.#servers) });
    for (const [index, command] of commands.entries()) {
      const terminal = await this.#terminalFor(command);
      if (commands[index + 1]?.comment.includes('in another terminal') === true) {
        await terminal.run(`env -0 > ${this.#exported}`);
        const end = terminal.begin(command.text);
        end.catch(() => undefined);
        this.#running.push({ text: command.text, terminal, end });
        continue;
      }
      this.#last = await this.#whileRunning(terminal.run(command.text));
      expectGood(command, this.#last);
    }
  }

  /** Another terminal has the variables of the first. */
  async #terminalFor({ comment }: Command): Promise<Terminal> {
    if (!comment.includes('in another terminal')) return this.#terminals[0] as Terminal;
    const exported = (await readFile(this.#exported, 'utf8')).split('\0').filter((line) => line !== '');
    const variables = exported.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]);
    const terminal = new Terminal(this.#folder, Object.fromEntries(variables) as Record<string, string>);
    this.#terminals.push(terminal);
    return terminal;
  }

  get #exported(): string {
    return join(this.#home, 'exported');
  }

  async #example(code: string): Promise<void> {
    const node = /\bawait using\b/.test(code) ? process.execPath : 'node';
    if (node !== 'node') this.#requireNamed(forUsing);
    const file = `example-${++this.#examples}.mts`;
    await writeFile(join(this.#folder, file), code);
    this.#last = await (this.#terminals[0] as Terminal).run(`${node} ${file}`);
    expectGood({ text: `node ${file}`, comment: '' }, this.#last);
  }

  #compare({ code, lead }: Block): void {
    const { stdout = '' } = this.#last ?? {};
    if (/ends with$/.test(lead)) {
      const shown = code.trimEnd().split('\n');
      const missing = shown.filter((line) => !new RegExp(`^\\W*${line}$`, 'm').test(stdout));
      if (missing.length > 0) throw new Error(`it does not print ${missing.join(', ')}, but\n${stdout}`);
    } else if (stdout.replaceAll(/ +$/gm, '').trimEnd() !== code.trimEnd())
      throw new Error(`it prints\n${stdout}\nand the page shows\n${code}`);
  }

  async #whileRunning(work: Promise<Ended>): Promise<Ended> {
    const early = this.#running.map(async ({ text, end }): Promise<never> => {
      const { exitCode, output } = await end;
      throw new Error(`"${text}", which was to run on, ended with ${exitCode}:\n${output}`);
    });
    return await Promise.race([work, ...early]);
  }

  /** As a user does, by Ctrl-C. */
  async #stop(): Promise<void> {
    for (const { text, terminal, end } of this.#running) {
      terminal.interrupt();
      expectGood({ text, comment: '' }, await end);
    }
  }

  async #environment(): Promise<Record<string, string>> {
    const { PATH = '', LANG = 'C.UTF-8', TMPDIR } = cleanEnvironment();
    const texts = [this.#page.prose, ...this.#blocks.map(({ code }) => code)].join('\n');
    const node = await this.#node();
    const bin = join(this.#home, `node-${node.version}`);
    await mkdir(bin, { recursive: true });
    await symlink(node.program, join(bin, 'node')).catch(() => undefined);
    // Neither the workspace's programs nor its Node: `npm` alone is from there where the machine has no other.
    const places = PATH.split(delimiter).filter((place) => !/node_modules/.test(place) && place !== dirname(process.execPath));
    return {
      PATH: [bin, ...places].join(delimiter),
      HOME: await realpath(this.#home),
      LANG,
      ...(TMPDIR !== undefined && { TMPDIR }),
      ...variablesOf(texts, this.#servers),
    };
  }

  /** The oldest Node that the page names for what the chapter has. */
  async #node(): Promise<{ readonly version: string; readonly program: string }> {
    const isTypeScript = this.#blocks.some((block) => block.language === 'ts' || /\bnode \S+\.m?ts\b/.test(block.code));
    const version = isTypeScript ? forTypeScript : (this.#plan.oldestNode ?? '22.12');
    this.#requireNamed(version);
    return { version, program: await nodeOf(version) };
  }

  #requireNamed(version: string): void {
    if (nodesNamed(this.#page).some((named) => named === version)) return;
    throw new Error(`${this.#page.path} does not name Node.js ${version}, which its programs need`);
  }
}

/** What a comment says that a command prints, it prints. */
function expectGood({ text, comment }: Command, { exitCode, output }: Ended): void {
  if (exitCode !== 0) throw new Error(`"${text}" ended with ${exitCode}:\n${output}`);
  const printed = /\bprints "([^"]+)"/.exec(comment)?.[1];
  if (printed !== undefined && !output.includes(printed))
    throw new Error(`"${text}" does not print "${printed}", but\n${output}`);
}
