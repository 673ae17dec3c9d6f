// What the scripts of package.json call: sees to the packages, then hands over to the workspace's own Node.
// Runs on whatever Node the machine has, before anything is installed: plain JavaScript, no dependencies.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.worker-auth-lock');
const workspaceNode = join(root, 'node_modules', 'node', 'bin', 'node');

/** As `engines` of package.json. The scripts themselves run on the workspace's own. */
const oldestNode = 20;

const scripts = {
  start: ['e2e/src/demo/main.ts'],
  test: ['tools/workspace/run-tests.ts', 'tests'],
  'test:servers': ['tools/workspace/run-tests.ts', 'servers'],
  'test:soak': ['tools/workspace/run-tests.ts', 'soak'],
  check: ['tools/workspace/run-tests.ts', 'check'],
  servers: ['tools/servers/src/cli.ts'],
  docs: ['tools/docs/src/main.ts'],
};

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Whether node_modules is what package-lock.json says. */
function isInstalled() {
  return existsSync(workspaceNode) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockHash();
}

function install() {
  // npm ci would delete what runs the test.
  if (process.env.VITEST) fail('node_modules is missing or stale: run npm ci, then the tests.');
  console.error('node_modules is missing or stale: npm ci (about a minute)');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    fail(
      'npm ci failed: see above. It needs the npm registry; with a proxy or a mirror, set it in your .npmrc.',
    );
  }
  if (!existsSync(workspaceNode)) {
    fail(
      'The npm package "node" brought no binary: allow its install script (ignore-scripts=false) and run npm ci.',
    );
  }
  stamp();
}

/** Remembers which package-lock.json was installed. */
function stamp() {
  writeFileSync(stampFile, lockHash());
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function run([file, ...args]) {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const child = spawn(
    workspaceNode,
    ['--conditions=@worker-auth/source', join(root, file), ...args, ...process.argv.slice(3)],
    { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } },
  );
  // Passed on, since a container or a supervisor signals this process alone. From a terminal the child has it twice.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

const command = process.argv[2];
if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  fail(
    `The repository needs Node.js ${oldestNode} or newer to start with; this is ${process.versions.node}.`,
  );
}
if (command === 'stamp') {
  stamp();
} else if (Object.hasOwn(scripts, command)) {
  if (!isInstalled()) install();
  run(scripts[command]);
} else {
  fail(`Usage: node tools/bootstrap.mjs ${Object.keys(scripts).join('|')}`);
}
