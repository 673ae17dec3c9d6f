import { describe, expect, it } from 'vitest';
import { pinned, unlocked, versionsOf } from '../peer-versions.ts';

const versions = { '@temporalio/*': '1.18.1', jose: '6.0.0' };

describe('versionsOf', () => {
  it('takes names with and without a scope', () => {
    expect(versionsOf(['@temporalio/*@1.18.1', 'jose@6.0.0'])).toEqual(versions);
  });

  it.each(['jose', '@temporalio/*', 'jose@'])('rejects %s', (arg) => {
    expect(() => versionsOf([arg])).toThrow(arg);
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
      peerDependencies: { '@temporalio/client': '^1.18.1', zod: '^4.0.0' },
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
