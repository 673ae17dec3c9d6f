import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyDiff } from './apply-diff.ts';
import { type BlockElsewhere, type PagePlan, reasonNotTo } from './book.ts';
import { type Block, type Command, commandsOf, nodesNamed, type Page, readPage } from './page.ts';
import type { PageServers } from './servers.ts';
import { substituted, variablesOf } from './substitutions.ts';
import { type Ended, Terminal } from './terminal.ts';

export interface ChapterOptions {
  readonly page: Page;
  readonly plan: PagePlan;
  /** What the reader has done before, on other pages. */
  readonly before: readonly BlockElsewhere[];
  readonly blocks: readonly Block[];
  readonly folder: string;
  /** The reader's. */
  readonly home: string;
  /** Those that the chapters before have set. */
  readonly variables: Readonly<Record<string, string>>;
  readonly servers: PageServers;
}

interface Running {
  readonly text: string;
  readonly terminal: Terminal;
  readonly end: Promise<Ended>;
}

/** The exit code of what Ctrl-C has ended. */
const interrupted = 130;

/** The first Node that loads the packages into CommonJS, that takes types away without an option, that knows `await using`. */
const [forCommonJs, forTypeScript, forUsing] = ['22.12', '22.18', '24'] as const;

/** The blocks of a page that are for one project. */
export class Chapter implements AsyncDisposable {
  readonly #options: ChapterOptions;
  readonly #terminals: Terminal[] = [];
  /** What runs until the end of the chapter. */
  #running: readonly Running[] = [];
  #last: Ended | undefined;
  #nodesNamed: readonly string[] = [];
  /** The variables of the first terminal, for the others. */
  #shared: Readonly<Record<string, string>> = {};
  #examples = 0;

  constructor(options: ChapterOptions) {
    this.#options = options;
  }

  /**
   * @param environmentWith what a terminal has with a Node
   * @returns the variables that are set at its end
   */
  async run(
    environmentWith: (node: typeof forCommonJs | typeof forTypeScript) => Promise<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>> {
    const { page, plan, blocks, before, folder, variables, servers } = this.#options;
    const earlier = await Promise.all(before.map(blockElsewhere));
    this.#nodesNamed = [page, ...earlier.map((one) => one.page)].flatMap(nodesNamed);
    const text = [page.prose, ...blocks.map(({ code }) => code)].join('\n');
    const environment = await environmentWith(await this.#node());
    this.#terminals.push(
      new Terminal(folder, { ...variables, ...environment, ...variablesOf(text, servers) }),
    );
    const wanted = blocks.filter((block) => reasonNotTo(block, plan) === undefined);
    for (const block of [...earlier.map((one) => one.block), ...wanted]) {
      try {
        await this.#do(block);
      } catch (error) {
        throw new Error(`${block.place}: ${(error as Error).message}`, { cause: error });
      }
    }
    await this.#stop();
    return await this.#exportedBy(this.#terminal());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#terminals.map((terminal) => terminal[Symbol.asyncDispose]()));
  }

  async #do(block: Block): Promise<void> {
    const { folder, servers } = this.#options;
    const code = substituted(block.code, servers);
    if (block.language === 'sh') await this.#type(commandsOf({ code }));
    else if (block.language === 'diff') await applyDiff(code, folder);
    else if (block.language === 'text') this.#compare(block);
    else if (block.language !== 'ts' && block.file === undefined)
      throw new Error(`nobody knows how to run a block of "${block.language}"`);
    else await this.#program(block, code);
  }

  /** A command behind which another one is for another terminal goes on to the end of the chapter. */
  async #type(commands: readonly Command[]): Promise<void> {
    for (const [index, command] of commands.entries()) {
      const terminal = this.#terminal(command);
      if (commands[index + 1]?.comment.includes('in another terminal') === true) {
        this.#shared = await this.#exportedBy(terminal);
        this.#begin(terminal, command.text);
        const until = this.#runsUntil(command.text);
        if (until !== undefined) await this.#whileRunning(terminal.printed(until));
      } else {
        this.#last = await this.#whileRunning(terminal.run(command.text));
        expectGood(command, this.#last);
      }
    }
  }

  #begin(terminal: Terminal, text: string): void {
    const end = terminal.begin(text);
    end.catch(() => undefined);
    this.#running = [...this.#running, { text, terminal, end }];
  }

  /** The one that was opened last and is free. Another terminal has the variables of the first. */
  #terminal({ comment = '' }: Partial<Command> = {}): Terminal {
    const isFree = (terminal: Terminal): boolean => this.#running.every((one) => one.terminal !== terminal);
    const isAnother = comment.includes('in another terminal');
    const free = isAnother ? undefined : this.#terminals.findLast(isFree);
    if (free !== undefined) return free;
    const terminal = new Terminal(this.#options.folder, this.#shared);
    this.#terminals.push(terminal);
    return terminal;
  }

  async #exportedBy(terminal: Terminal): Promise<Readonly<Record<string, string>>> {
    const file = join(this.#options.home, 'exported');
    await terminal.run(`env -0 > '${file}'`);
    const lines = (await readFile(file, 'utf8')).split('\0').filter((line) => line !== '');
    const split = (line: string): [string, string] => {
      const [name = '', ...value] = line.split('=');
      return [name, value.join('=')];
    };
    return Object.fromEntries(lines.map(split));
  }

  /** A file of the project, or a program that runs at once: to its end, or until it is what the plan says. */
  async #program({ file, code: printed }: Block, code: string): Promise<void> {
    const terminal = this.#terminal();
    const { PWD = '' } = await this.#exportedBy(terminal);
    const name = file ?? `example-${++this.#examples}.mts`;
    await writeFile(join(PWD, name), code);
    if (file !== undefined) return;
    const hasUsing = /\bawait using\b/.test(code);
    if (hasUsing) this.#requireNamed(forUsing);
    const command = `${hasUsing ? `'${process.execPath}'` : 'node'} ${name}`;
    const until = this.#runsUntil(printed);
    if (until === undefined) {
      this.#last = await terminal.run(command);
      expectGood({ text: command, comment: '' }, this.#last);
      return;
    }
    this.#shared = await this.#exportedBy(terminal);
    this.#begin(terminal, command);
    await this.#whileRunning(terminal.printed(until));
    await this.#stop();
  }

  #runsUntil(text: string): RegExp | undefined {
    return Object.entries(this.#options.plan.runsUntil ?? {}).find(([part]) => text.includes(part))?.[1];
  }

  #compare({ code, lead }: Block): void {
    const changes = [[/ +$/gm, ''] as const, ...(this.#options.plan.unlikeOnBusyMachines ?? [])];
    const printed = this.#last?.stdout ?? '';
    const stdout = changes.reduce((text, [pattern, instead]) => text.replaceAll(pattern, instead), printed);
    if (!/ends with$/.test(lead)) {
      if (stdout.trimEnd() !== code.trimEnd())
        throw new Error(`it prints\n${stdout}\nand the page shows\n${code}`);
      return;
    }
    const shown = code.trimEnd().split('\n');
    const missing = shown.filter((line) => !new RegExp(`^\\W*${line}$`, 'm').test(stdout));
    if (missing.length > 0) throw new Error(`it does not print ${missing.join(', ')}, but\n${stdout}`);
  }

  async #whileRunning<T>(work: Promise<T>): Promise<T> {
    const early = this.#running.map(async ({ text, end }): Promise<never> => {
      const { exitCode, output } = await end;
      throw new Error(`"${text}", which was to run on, ended with ${exitCode}:\n${output}`);
    });
    for (const end of early) end.catch(() => undefined);
    return await Promise.race([work, ...early]);
  }

  /** As a user does, by Ctrl-C, which npm and npx pass on. */
  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = [];
    for (const { text, terminal, end } of running) {
      terminal.interrupt();
      const ended = await end;
      const isInterrupted = /^np[mx] /.test(text) && ended.exitCode === interrupted;
      if (!isInterrupted) expectGood({ text, comment: '' }, ended);
    }
  }

  /** The oldest Node that the page names for what the chapter has. */
  async #node(): Promise<typeof forCommonJs | typeof forTypeScript> {
    const { folder, blocks } = this.#options;
    const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '');
    const texts = [manifest, ...blocks.map(({ code }) => code)];
    const isTypeScript =
      blocks.some(({ language }) => language === 'ts') ||
      texts.some((text) => /(?<!-)\bnode .*\.m?ts\b/.test(text));
    const version = isTypeScript ? forTypeScript : forCommonJs;
    this.#requireNamed(version);
    return version;
  }

  #requireNamed(version: string): void {
    if (this.#nodesNamed.includes(version)) return;
    throw new Error(`${this.#options.page.path} does not name Node.js ${version}, which its programs need`);
  }
}

async function blockElsewhere({ path, block: text }: BlockElsewhere) {
  const page = await readPage(path);
  const block = page.blocks.find(({ code }) => code.includes(text));
  if (block === undefined) throw new Error(`${path} has no block with "${text}"`);
  return { page, block };
}

/** What a comment says that a command prints, it prints. */
function expectGood({ text, comment }: Command, { exitCode, output }: Ended): void {
  if (exitCode !== 0) throw new Error(`"${text}" ended with ${exitCode}:\n${output}`);
  const printed = /\bprints "([^"]+)"/.exec(comment)?.[1];
  if (printed !== undefined && !output.includes(printed))
    throw new Error(`"${text}" does not print "${printed}", but\n${output}`);
}
