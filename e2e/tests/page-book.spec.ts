import { trackedFiles } from '@worker-auth/workspace/tracked-files';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { applyDiff } from '../src/pages/apply-diff.ts';
import { firstScreens, helloWorld, notRead, ofAuth, ofProviders, otherPages } from '../src/pages/book.ts';
import { commandsOf, diffOf, nodesNamed, readPage, workspace } from '../src/pages/page.ts';

const read = { ...firstScreens, ...otherPages };
const plans = Object.entries(read);

describe('the pages', () => {
  it('with a block are each read, or have a reason why not', async () => {
    const pages = (await trackedFiles(workspace)).filter((path) => path.endsWith('.md'));
    const known = new Set([...Object.keys(read), ...Object.keys(notRead)]);
    const open: string[] = [];
    for (const path of pages) {
      const { blocks } = await readPage(path);
      if (blocks.length > 0 && !known.has(path) && !ofProviders.test(path)) open.push(path);
    }
    expect(open).toEqual([]);
    expect([...known].filter((path) => !pages.includes(path))).toEqual([]);
  });

  it('that are not read have a block, and name specs that are there', async () => {
    for (const [path, reason] of Object.entries(notRead)) {
      expect([path, (await readPage(path)).blocks.length]).not.toEqual([path, 0]);
      for (const [spec] of reason.matchAll(/\b[\w-]+\/[\w/.-]+\.spec\.ts/g))
        expect([spec, existsSync(join(workspace, spec))]).toEqual([spec, true]);
    }
  });

  it.each(plans)('%s has what its plan leaves out, begins anew at and runs on', async (path, plan) => {
    const { blocks } = await readPage(path);
    const begin = (text: string) => blocks.some(({ code }) => code.trimStart().startsWith(text));
    expect(Object.keys(plan.notRun ?? {}).filter((text) => !begin(text))).toEqual([]);
    const sections = new Set(blocks.map(({ section }) => section));
    expect((plan.newFolderAt ?? []).filter((section) => !sections.has(section))).toEqual([]);
    const programs = Object.keys(plan.runsUntil ?? {});
    expect(programs.filter((text) => !blocks.some(({ code }) => code.includes(text)))).toEqual([]);
  });

  it('are short where they are the first: a README has at most 1,500 words', async () => {
    const words = await Promise.all(
      Object.keys(firstScreens).map(
        async (path) => (await readFile(join(workspace, path), 'utf8')).split(/\s+/).length,
      ),
    );
    expect(words.filter((count) => count > 1_500)).toEqual([]);
  });

  it("turn the template of Temporal's into the example, by the diff that they show", async () => {
    await using folder = await temporaryFolder();
    await cp(join(workspace, helloWorld), folder.path, { recursive: true });
    const diff = await diffOf(ofAuth);
    await applyDiff(diff, folder.path);
    for (const name of await readdir(join(folder.path, 'src'))) {
      const ours = await readFile(join(workspace, 'examples/worker/src', name), 'utf8');
      expect(await readFile(join(folder.path, 'src', name), 'utf8')).toBe(ours);
    }
    // The first page has the worker alone.
    expect(diff.endsWith(`\n${await diffOf('README.md')}`)).toBe(true);
  });

  it('have the image of the example', async () => {
    const { blocks } = await readPage('docs/guides/container.md');
    expect(await readFile(join(workspace, 'examples/kubernetes/Dockerfile'), 'utf8')).toBe(blocks[0]?.code);
  });
});

describe('a block', () => {
  it('of shell has commands, which comments follow and backslashes continue', () => {
    const code = '# a title\nnpm install \\\n  one two\nnode a.ts    # in another terminal\n\n';
    expect(commandsOf({ code })).toEqual([
      { text: 'npm install    one two', comment: '' },
      { text: 'node a.ts', comment: 'in another terminal' },
    ]);
  });

  it('runs on the Node that the words around it name', () => {
    const prose = 'Node.js 22 or newer. Node 22.18 runs it, and Node.js (24) too; not the node of 1984.';
    expect(nodesNamed({ prose })).toEqual(['22', '22.18', '24']);
  });
});

describe('a diff', () => {
  const before = "import { a } from 'a';\nimport { b } from 'b';\n\nold();\nkept();\n";

  it('changes its file as it says', async () => {
    await using folder = await temporaryFolder();
    await folder.write('a.ts', before);
    const diff = `# a.ts\n+import { c } from 'c';\n-old();\n+new1();\n+new2();\n-import { a } from 'a';\n`;
    await applyDiff(diff, folder.path);
    expect(await readFile(join(folder.path, 'a.ts'), 'utf8')).toBe(
      "import { b } from 'b';\nimport { c } from 'c';\n\nnew1();\nnew2();\nkept();\n",
    );
  });

  it.each([
    ['-other();\n', 'a.ts has these lines 0 times'],
    ['-ept();\n', 'a.ts has these lines 0 times'],
    ['+new();\n', 'Nobody knows where in a.ts this goes'],
    [' kept();\n', 'The diff has the line " kept();"'],
  ])('with %j is rejected', async (diff, reason) => {
    await using folder = await temporaryFolder();
    await folder.write('a.ts', before);
    await expect(applyDiff(`# a.ts\n${diff}`, folder.path)).rejects.toThrow(reason);
  });
});
