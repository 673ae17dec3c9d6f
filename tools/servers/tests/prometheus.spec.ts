import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findLocally, obtain } from '../src/lookup.ts';
import { prometheusPlaces } from '../src/prometheus.ts';
import { currentPlatform } from '../src/versions.ts';
import { script, temporaryFolder } from './support.ts';

const says = 'echo "prometheus, version 2.1.0+ds (branch: debian/sid)"';
const entry = `prometheus-debian-${currentPlatform()}`;

/** A machine with nothing on PATH. */
async function machine(): Promise<{ bin: string; cache: string; env: NodeJS.ProcessEnv }> {
  const root = await temporaryFolder();
  const [bin, cache] = [join(root, 'bin'), join(root, 'cache')];
  return { bin, cache, env: { PATH: bin, WORKER_AUTH_CACHE: cache } };
}

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

describe('Prometheus', () => {
  it('on PATH is taken, with the promtool beside it', async () => {
    const { bin, cache, env } = await machine();
    const path = await script(join(bin, 'prometheus'), says);
    await script(join(bin, 'promtool'), '');
    await script(join(cache, entry, 'prometheus'), says);
    expect(await obtain(prometheusPlaces(env))).toEqual({ path, version: '2.1.0+ds', from: 'PATH' });
  });

  it('on PATH without a promtool is passed over for that in the cache', async () => {
    const { bin, cache, env } = await machine();
    await script(join(bin, 'prometheus'), says);
    const path = await script(join(cache, entry, 'prometheus'), says);
    expect((await findLocally(prometheusPlaces(env))).found).toEqual({
      ...{ path, version: '2.1.0+ds', from: 'cache' },
    });
  });

  it('is unpacked from what apt brings, with its promtool and nothing else', async () => {
    const { bin, cache, env } = await machine();
    const tools = { ...env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    await script(
      join(bin, 'apt-get'),
      `case "$1 $*" in
update*Dir::State::lists=*) touch lists/main;;
download*prometheus*Dir::State::lists=*) [ -e lists/main ] && touch prometheus_1_amd64.deb;;
*) exit 1;;
esac`,
    );
    const packed = await script(join(bin, 'packed'), says);
    await script(
      join(bin, 'dpkg-deb'),
      `[ "$2" = prometheus_1_amd64.deb ] && mkdir -p "$3/usr/bin" && cp "${packed}" "$3/usr/bin/prometheus" && echo tool > "$3/usr/bin/promtool"`,
    );
    const [place] = prometheusPlaces(tools).remote;
    const path = join(cache, entry, 'prometheus');
    expect(await place?.look()).toEqual({ path, version: '2.1.0+ds', from: 'Debian' });
    expect(await readdir(cache)).toEqual([entry]);
    expect((await readdir(join(cache, entry))).toSorted()).toEqual(['prometheus', 'promtool']);
    expect(await readFile(join(cache, entry, 'promtool'), 'utf8')).toBe('tool\n');
  });

  it('cannot be had on a system without apt', async () => {
    const { env } = await machine();
    await expect(obtain(prometheusPlaces(env))).rejects.toThrow(
      'the Debian package prometheus: there is no "apt-get" on PATH. To install it by hand: see https://prometheus.io/',
    );
  });
});
