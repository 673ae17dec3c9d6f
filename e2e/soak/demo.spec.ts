import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { EmulatedTerminal } from '../src/fixtures/emulated-terminal.ts';
import { runOnTerminal } from '../src/fixtures/pseudo-terminal.ts';

const main = fileURLToPath(new URL('../src/demo/main.ts', import.meta.url));
const program = ['--conditions=@worker-auth/source', main];
const command = [...program, '--seconds', '15'];
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

/** How the rows of the live view begin, in their order; then come addresses and events. */
const beginnings = [
  /^token +#\d+, \d+\.\d s left, next refresh in \d+\.\d s$/,
  ...[/^( {2}#\d)?/, /^( {2}#\d)?/, /^( {2}#\d)?/, /^ {2}refused$/, /^ +█ used/],
  ...[
    /^credentials +Dapr/,
    /^workflows +\d/,
    /^RPCs +\d+ passed, \d+ refused, \d+\.\d a second$/,
    /^ends in/,
  ],
  ...[
    /^$/,
    /^What happens, live/,
    /^Temporal dev server/,
    /^Temporal web UI/,
    /^OAuth server/,
    /^Dapr sidecar/,
    /^Gateway/,
    /^$/,
  ],
];

/** Those that its terminal gets while it runs. */
const sizes = [
  [100, 30],
  [80, 24],
  [60, 20],
  [110, 40],
] as const;

/** On a busy machine a token may end before its renewal, and more is logged. */
const event = /^($|\S)/;

describe.concurrent('npm start', () => {
  it('ends with exit code 0, every workflow completed and no RPC refused', async () => {
    // execFile rejects on another exit code; what was printed is in its message then.
    const { stdout } = await promisify(execFile)(process.execPath, command, { env });
    expect(stdout).toMatch(/Temporal web UI +http:\/\/127\.0\.0\.1:\d+/);
    expect(stdout).toMatch(/Credentials +Dapr secret store component "deployment-secret-store"/);
    expect(stdout).toMatch(/Workflows +([1-9]\d*) started, \1 completed/);
    expect(stdout).toMatch(/RPCs +[1-9]\d* passed, 0 refused/);
    const numbers = [...stdout.matchAll(/ s {2}Access token obtained .*\[token #(\d+)/g)].map(
      (line) => line[1],
    );
    expect(numbers.length).toBeGreaterThan(1);
    expect(numbers).toEqual(numbers.map((_, index) => String(index + 1)));
  });

  it('with --chaos ends with exit code 0: the worker is back from each fault, every workflow completed, no result lost', async () => {
    const chaos = ['--seconds', '50', '--fault-seconds', '6', '--chaos', '--seed', '7'];
    const { stdout } = await promisify(execFile)(process.execPath, [...program, ...chaos], {
      ...{ env, maxBuffer: 2 ** 24 },
    });
    expect(stdout).toMatch(/Chaos, its seed +7\n/);
    expect(stdout).toMatch(/Workflows +([1-9]\d*) started, \1 completed\nResults +none lost\n/);
    const [, table = ''] = stdout.split(/what broke +lasted, s +back after, s\n/);
    const outages = [...table.matchAll(/^(\w.*?) +[\d.]+ +[\d.]+$/gm)].map(([, what]) => what);
    expect(outages.length, table).toBeGreaterThan(0);
    expect(new Set(outages.slice(0, 6)).size).toBe(Math.min(6, outages.length));
    expect(table).toMatch(/\n\nEvery workflow completed, and no result was lost\.\n$/);
  }, 600_000);

  it('on a terminal has one picture, whatever its size is and becomes', async () => {
    // It has to run for as long as a busy machine takes to show it at each size.
    const long = [...program, '--seconds', '600'];
    await using demo = runOnTerminal([100, 30], [process.execPath, ...long], env);
    const { terminal } = demo;
    await seen(terminal, /workflow completed: /);
    for (const [columns, rows] of sizes) {
      demo.resize(columns, rows);
      await vi.waitFor(async () => {
        const lines = await terminal.rows();
        expect(lines).toHaveLength(rows);
        for (const [row, line] of lines.entries()) expect(line).toMatch(beginnings[row] ?? event);
      }, 60_000);
    }
    await seen(terminal, /token +#(?!1,)/);
    demo.interrupt();
    expect(await demo.ended()).toBe(0);
    const history = await terminal.history();
    expect(history.filter((line) => line.startsWith('token '))).toHaveLength(1);
    expect(history.filter((line) => line.startsWith('ends in '))).toHaveLength(1);
    expect(history.join('\n')).toMatch(/^Workflows +([1-9]\d*) started, \1 completed$/m);
  }, 600_000);
});

/** Waits until the terminal shows this. */
async function seen(terminal: EmulatedTerminal, text: RegExp): Promise<void> {
  await vi.waitUntil(async () => text.test((await terminal.rows()).join('\n')), 60_000);
}
