import { cleanEnvironment } from '@worker-auth/servers';
import { cp, mkdir, readFile, realpath, rename, symlink, writeFile } from 'node:fs/promises';
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

/** The exit code of what Ctrl-C has ended. */
const interrupted = 130;

/** The first Node that takes the types away without an option, and the first that knows `await using`. */
const [forTypeScript, forUsing] = ['22.18', '24'] as const;

/** Does what pages say, in their order and as printed, with no more than they say: in an empty folder, or in the project that they are for. */
export class Reader implements AsyncDisposable {
  readonly #servers: PageServers;
  readonly #home: TemporaryFolder;
  /** The last project in which something was installed. What the next one has in common with it is there already; npm takes away the rest. */
  #installedIn: string | undefined;

  /** @param registry where packages of ours come from, by the reader's own `.npmrc` */
  static async with(registry: Registry, servers: PageServers): Promise<Reader> {
    const home = await temporaryFolder();
    // A reader lets npx install what it asks about.
    await home.write('.npmrc', `${await ownNpmrc()}\n${registry.npmrc}yes=true\n`);
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
    let variables: Readonly<Record<string, string>> = {};
    for (const [number, blocks] of chapters.entries()) {
      folder = await this.#newFolder(number === 0 ? plan : {}, number, path);
      if (blocks.some(({ code }) => /^npm install/m.test(code))) await this.#bringModules(folder);
      await using chapter = new Chapter({
        page,
        plan,
        blocks,
        folder,
        variables,
        home: this.#home.path,
        servers: this.#servers,
      });
      variables = await chapter.run();
      done.push(
        ...blocks.filter((block) => reasonNotTo(block, plan) === undefined).map(({ place }) => place),
      );
    }
    return { done, folder };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#home[Symbol.asyncDispose]();
  }

  async #bringModules(folder: string): Promise<void> {
    if (this.#installedIn !== undefined) {
      await rename(join(this.#installedIn, 'node_modules'), join(folder, 'node_modules')).catch(
        () => undefined,
      );
    }
    this.#installedIn = folder;
  }

  async #newFolder({ project, files = {} }: PagePlan, number: number, path: string): Promise<string> {
    const folder = join(this.#home.path, 'projects', `${path.replaceAll(/\W/g, '-')}-${number}`);
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    if (project === undefined) return folder;
    await cp(join(workspace, project), folder, {
      recursive: true,
      filter: (file) => !file.endsWith('node_modules'),
    });
    await writeFile(join(folder, 'package.json'), await currentManifest(project));
    return folder;
  }
}

/** How this machine reaches the registry of others. The reader's variables are those of the pages, so it stands in a file. */
async function ownNpmrc(): Promise<string> {
  const { HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS, npm_config_registry } = process.env;
  const settings = {
    'https-proxy': HTTPS_PROXY,
    noproxy: NO_PROXY,
    cafile: NODE_EXTRA_CA_CERTS,
    registry: npm_config_registry,
  };
  const lines = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
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

interface ChapterOptions {
  readonly page: Page;
  readonly plan: PagePlan;
  readonly blocks: readonly Block[];
  readonly folder: string;
  /** The reader's, with the programs that npm finds there. */
  readonly home: string;
  /** Those that the chapters before have set. */
  readonly variables: Readonly<Record<string, string>>;
  readonly servers: PageServers;
}

/** The blocks of a page that are for one project. */
class Chapter implements AsyncDisposable {
  readonly #page: Page;
  readonly #plan: PagePlan;
  readonly #blocks: readonly Block[];
  readonly #folder: string;
  readonly #home: string;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #servers: PageServers;
  readonly #terminals: Terminal[] = [];
  /** What runs until the end of the chapter. */
  readonly #running: { readonly text: string; readonly terminal: Terminal; readonly end: Promise<Ended> }[] =
    [];
  #last: Ended | undefined;
  #nodesNamed: readonly string[] = [];
  /** The variables of the first terminal, for the others. */
  #shared: Readonly<Record<string, string>> = {};
  #examples = 0;

  constructor({ page, plan, blocks, folder, home, variables, servers }: ChapterOptions) {
    this.#page = page;
    this.#plan = plan;
    this.#blocks = blocks;
    this.#folder = folder;
    this.#home = home;
    this.#variables = variables;
    this.#servers = servers;
  }

  /** @returns the variables that are set at its end */
  async run(): Promise<Readonly<Record<string, string>>> {
    const before = await Promise.all(
      (this.#plan.before ?? []).map(async ({ path, section }) => ({ page: await readPage(path), section })),
    );
    this.#nodesNamed = [this.#page, ...before.map(({ page }) => page)].flatMap(nodesNamed);
    this.#terminals.push(new Terminal(this.#folder, await this.#environment()));
    for (const { page: earlier, section } of before) {
      const blocks = earlier.blocks.filter((block) => block.section === section && block.language === 'sh');
      if (blocks.length === 0) throw new Error(`${earlier.path} has no commands under "${section}"`);
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
    this.#running.length = 0;
    return await this.#exportedBy(this.#terminal());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#terminals.map((terminal) => terminal[Symbol.asyncDispose]()));
  }

  async #do(block: Block): Promise<void> {
    const code = substituted(block.code, this.#servers);
    if (block.language === 'sh') await this.#type(block);
    else if (block.language === 'diff') await applyDiff(code, this.#folder, this.#plan.diffIsFor);
    else if (block.language === 'text') this.#compare(block);
    else if (block.language !== 'ts')
      throw new Error(`nobody knows how to run a block of "${block.language}"`);
    else if (block.file !== undefined) await writeFile(join(this.#folder, block.file), code);
    else await this.#example(code);
  }

  /** A command behind which another one is for another terminal goes on to the end of the chapter. */
  async #type(block: Block): Promise<void> {
    const commands = commandsOf({ code: substituted(block.code, this.#servers) });
    for (const [index, command] of commands.entries()) {
      const terminal = this.#terminal(command);
      if (commands[index + 1]?.comment.includes('in another terminal') === true) {
        this.#shared = await this.#exportedBy(terminal);
        const end = terminal.begin(command.text);
        end.catch(() => undefined);
        this.#running.push({ text: command.text, terminal, end });
        continue;
      }
      this.#last = await this.#whileRunning(terminal.run(command.text));
      expectGood(command, this.#last);
    }
  }

  /** The one that was opened last and is free. Another terminal has the variables of the first. */
  #terminal({ comment }: Partial<Command> = {}): Terminal {
    const isFree = (terminal: Terminal): boolean => this.#running.every((one) => one.terminal !== terminal);
    const free =
      comment?.includes('in another terminal') === true ? undefined : this.#terminals.findLast(isFree);
    if (free !== undefined) return free;
    const terminal = new Terminal(this.#folder, this.#shared);
    this.#terminals.push(terminal);
    return terminal;
  }

  async #exportedBy(terminal: Terminal): Promise<Readonly<Record<string, string>>> {
    const file = join(this.#home, 'exported');
    await terminal.run(`env -0 > '${file}'`);
    const lines = (await readFile(file, 'utf8')).split('\0').filter((line) => line !== '');
    return Object.fromEntries(
      lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]),
    );
  }

  async #example(code: string): Promise<void> {
    const node = /\bawait using\b/.test(code) ? process.execPath : 'node';
    if (node !== 'node') this.#requireNamed(forUsing);
    const file = `example-${++this.#examples}.mts`;
    await writeFile(join(this.#folder, file), code);
    this.#last = await this.#terminal().run(`${node} ${file}`);
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
      const ended = await end;
      // npm passes on what a user pressed.
      if (!(text.startsWith('npm ') && ended.exitCode === interrupted))
        expectGood({ text, comment: '' }, ended);
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
    const places = PATH.split(delimiter).filter(
      (place) => !/node_modules/.test(place) && place !== dirname(process.execPath),
    );
    return {
      ...this.#variables,
      PATH: [bin, ...places].join(delimiter),
      HOME: await realpath(this.#home),
      LANG,
      ...(TMPDIR !== undefined && { TMPDIR }),
      ...variablesOf(texts, this.#servers),
    };
  }

  /** The oldest Node that the page names for what the chapter has. */
  async #node(): Promise<{ readonly version: string; readonly program: string }> {
    const manifest = await readFile(join(this.#folder, 'package.json'), 'utf8').catch(() => '');
    const isRun = [manifest, ...this.#blocks.map(({ code }) => code)].some((text) =>
      /\bnode .*\.m?ts\b/.test(text),
    );
    const isTypeScript = isRun || this.#blocks.some(({ language }) => language === 'ts');
    const version = isTypeScript ? forTypeScript : (this.#plan.oldestNode ?? '22.12');
    this.#requireNamed(version);
    return { version, program: await nodeOf(version) };
  }

  #requireNamed(version: string): void {
    if (this.#nodesNamed.includes(version)) return;
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
