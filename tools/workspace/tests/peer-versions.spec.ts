import { describe, expect, it } from 'vitest';
import { oldestOf, peersOf, pinned, rangeOf, unlocked } from '../peer-versions.ts';

const versions = { '@temporalio/*': '1.18.1', jose: '6.0.0' };

describe('peersOf', () => {
  it('takes the packages of Temporal together', () => {
    const peerDependencies = {
      '@temporalio/client': '^1.18.1',
      '@temporalio/worker': '^1.18.1',
      jose: '^6.0.0',
    };
    expect(peersOf({ peerDependencies })).toEqual({ '@temporalio/*': '^1.18.1', jose: '^6.0.0' });
  });

  it('refuses two ranges for them', () => {
    const peerDependencies = { '@temporalio/client': '^1.18.1', '@temporalio/worker': '^1.20.3' };
    expect(() => peersOf({ peerDependencies })).toThrow('@temporalio/worker');
  });

  it('is empty for a package without peers', () => {
    expect(peersOf({ name: 'example' })).toEqual({});
  });
});

describe('a range', () => {
  it.each([
    ['1.18.1', '1.24.0', '^1.18.1'],
    ['5.10.0', '6.2.18', '>=5.10.0 <7'],
  ])('from %s to %s is %s', (oldest, newest, range) => {
    expect(rangeOf(oldest, newest)).toBe(range);
    expect(oldestOf(range)).toBe(oldest);
  });

  it.each(['*', '1.18.1', '~1.18.1', '^1.18', '^1.18.1 || ^2.0.0'])('is not written as %s', (range) => {
    expect(() => oldestOf(range)).toThrow(range);
  });
});

describe('pinned', () => {
  it('sets the versions wherever the package depends on them, and nothing else', () => {
    const manifest = {
      name: 'example',
      dependencies: { zod: '^4.0.0' },
      devDependencies: { '@temporalio/testing': '1.24.0', jose: '^6.2.18' },
      peerDependencies: { '@temporalio/client': '^1.18.1', zod: '^4.0.0' },
    };
    expect(pinned(manifest, versions)).toEqual({
      name: 'example',
      dependencies: { zod: '^4.0.0' },
      devDependencies: { '@temporalio/testing': '1.18.1', jose: '6.0.0' },
      peerDependencies: { '@temporalio/client': '1.18.1', zod: '^4.0.0' },
    });
  });
});

describe('unlocked', () => {
  it('leaves out the packages, wherever they are installed, and what is installed in them', () => {
    const places = [
      ...['', 'packages/example', 'node_modules/zod', 'node_modules/protobufjs', 'node_modules/jose-tools'],
      ...['node_modules/@temporalio/proto', 'node_modules/@temporalio/proto/node_modules/protobufjs'],
      ...['node_modules/jose', 'node_modules/openid-client/node_modules/jose'],
    ];
    const lock = { lockfileVersion: 3, packages: Object.fromEntries(places.map((place) => [place, {}])) };
    expect(unlocked(lock, versions)).toEqual({
      lockfileVersion: 3,
      packages: Object.fromEntries(places.slice(0, 5).map((place) => [place, {}])),
    });
  });
});
