import {
  type CallCredentials,
  type ChannelInterface,
  connectivityState,
  credentials,
  type ChannelOptions,
} from '@grpc/grpc-js';
import type { ConnectionOptions } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import { directNetwork } from '@worker-auth/calls/tests/direct-network';
import { withRotatingTls } from '../../src/network/rotating-channel.ts';
import { type FakeChannel, fakeChannels } from '../support/fake-channels.ts';
import { keepCertificates, type KeptCertificates } from '@worker-auth/calls/tests/kept-certificates';

const { READY, CONNECTING, TRANSIENT_FAILURE, IDLE } = connectivityState;

/** The channel that gRPC is given for these options. */
function openChannel(
  { certificates }: Pick<KeptCertificates, 'certificates'>,
  options: ConnectionOptions = {},
  network = directNetwork,
): ChannelInterface {
  const { channelArgs } = withRotatingTls(options, certificates, network);
  const make = channelArgs?.['channelFactoryOverride'] as unknown as (
    address: string,
    given: unknown,
    args: ChannelOptions,
  ) => ChannelInterface;
  return make('temporal:7233', credentials.createInsecure(), {});
}

/** The channel with the first certificate, and the fakes that it makes, this one's first. */
async function firstChannel(
  kept: KeptCertificates,
): Promise<{ readonly channels: readonly FakeChannel[]; readonly channel: ChannelInterface }> {
  await kept.issue();
  const channels = fakeChannels();
  return { channels, channel: openChannel(kept) };
}

/** The fake to which a call goes that begins now. */
function called(channel: ChannelInterface): FakeChannel {
  return channel.createCall('/method', Infinity, null, null, null) as unknown as FakeChannel;
}

describe('withRotatingTls', () => {
  it('leaves options alone where no certificate rotates, or TLS is said otherwise', async () => {
    await using kept = await keepCertificates();
    await kept.issue();
    const given = credentials.createInsecure();
    const cases: [ConnectionOptions, KeptCertificates['certificates'] | undefined][] = [
      [{}, undefined],
      [{ tls: false }, kept.certificates],
      [{ credentials: given }, kept.certificates],
    ];
    for (const [options, certificates] of cases) {
      expect(withRotatingTls(options, certificates, directNetwork)).toBe(options);
    }
  });

  it('adds TLS with the newest certificate, and a channel, to what is given', async () => {
    await using kept = await keepCertificates();
    const newest = await kept.issue();
    const options = { address: 'temporal:7233', channelArgs: { 'grpc.keepalive_time_ms': 1 } };
    expect(withRotatingTls(options, kept.certificates, directNetwork)).toEqual({
      address: 'temporal:7233',
      tls: kept.certificates.tls(newest),
      channelArgs: {
        'grpc.keepalive_time_ms': 1,
        channelFactoryOverride: expect.any(Function) as unknown,
      },
    });
  });
});

describe('the channel of certificates that rotate', () => {
  it('presents the certificate with its key, and trusts the authorities of the files', async () => {
    await using kept = await keepCertificates();
    const { cert, ca = '', ...newest } = await kept.issue();
    const createSsl = vi.spyOn(credentials, 'createSsl');
    openChannel(kept).close();
    const key = createSsl.mock.calls[0]?.[1]?.toString();
    expect(createSsl.mock.calls).toEqual([[Buffer.from(ca), Buffer.from(key ?? ''), Buffer.from(cert)]]);
    expect(key).toContain('BEGIN PRIVATE KEY');
    expect(Object.values(newest)).not.toContain(key);
  });

  it.each([
    ['those of the network', 'certificates of the network'],
    ['those of the host', undefined],
  ])('trusts %s where the files name none', async (_whose, pem) => {
    await using kept = await keepCertificates({ caFile: undefined });
    await kept.issue();
    const createSsl = vi.spyOn(credentials, 'createSsl').mockReturnValue(credentials.createInsecure());
    openChannel(kept, {}, { ...directNetwork, certificates: () => pem }).close();
    expect(createSsl.mock.calls[0]?.[0]).toEqual(pem === undefined ? null : Buffer.from(pem));
  });

  it('has the call credentials that are given, or none', async () => {
    await using kept = await keepCertificates();
    await kept.issue();
    const combine = vi.spyOn(credentials, 'combineChannelCredentials');
    const perCall = credentials.createFromMetadataGenerator(() => undefined);
    const callCredentials: CallCredentials[] = [perCall];
    openChannel(kept).close();
    openChannel(kept, { callCredentials }).close();
    expect(combine.mock.calls.map(([, ...added]) => added)).toEqual([[], [perCall]]);
  });

  it('is replaced at once where it is not connected', async () => {
    await using kept = await keepCertificates();
    const { channels, channel } = await firstChannel(kept);
    const first = called(channel);
    await kept.issue();
    const second = called(channel);
    expect(second).toBe(channels[1]);
    expect([first.isClosed, second.isClosed, second.isWanted]).toEqual([true, false, true]);
    channel.close();
    expect(second.isClosed).toBe(true);
  });

  it('goes on while it is connected, until the next one is too', async () => {
    await using kept = await keepCertificates();
    const { channels, channel } = await firstChannel(kept);
    const first = called(channel);
    first.become(READY);
    await kept.issue();
    const second = channels[1] as FakeChannel;
    expect(second.waiting).toMatchObject([{ known: IDLE, until: Infinity }]);
    second.become(CONNECTING);
    second.become(TRANSIENT_FAILURE);
    expect([called(channel), first.isClosed]).toEqual([first, false]);
    second.become(READY);
    expect([called(channel), first.isClosed, second.isClosed]).toEqual([second, true, false]);
    channel.close();
  });

  it('wants no connection of its own in order to be replaced', async () => {
    await using kept = await keepCertificates();
    const { channel } = await firstChannel(kept);
    const first = called(channel);
    await kept.issue();
    expect(first.isWanted).toBe(false);
    channel.close();
  });

  it('is replaced as soon as it is lost', async () => {
    await using kept = await keepCertificates();
    const { channels, channel } = await firstChannel(kept);
    const first = called(channel);
    first.become(READY);
    await kept.issue();
    first.become(TRANSIENT_FAILURE);
    channels[1]?.become(CONNECTING);
    expect(called(channel)).toBe(channels[1]);
    channel.close();
  });

  it('waits for the newest alone when certificates come faster than connections', async () => {
    await using kept = await keepCertificates();
    const { channels, channel } = await firstChannel(kept);
    const first = called(channel);
    first.become(READY);
    await kept.issue();
    await kept.issue();
    const [, second, third] = channels as [FakeChannel, FakeChannel, FakeChannel];
    expect([first.isClosed, second.isClosed, third.isClosed]).toEqual([false, true, false]);
    second.become(READY);
    expect(called(channel)).toBe(first);
    third.become(READY);
    expect([called(channel), first.isClosed]).toEqual([third, true]);
    channel.close();
  });

  it('leaves nothing open when it is closed, and is replaced no more', async () => {
    await using kept = await keepCertificates();
    const { channels, channel } = await firstChannel(kept);
    called(channel).become(READY);
    await kept.issue();
    channel.close();
    await kept.issue();
    expect(channels.map(({ isClosed }) => isClosed)).toEqual([true, true]);
    channels[1]?.become(READY);
    expect(channels).toHaveLength(2);
  });
});
