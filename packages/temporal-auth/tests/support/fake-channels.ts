import { Channel, type ChannelInterface, connectivityState } from '@grpc/grpc-js';
import { vi } from 'vitest';

/** How a channel of gRPC is connected is what the test says. */
export class FakeChannel {
  state: connectivityState = connectivityState.IDLE;
  isClosed = false;
  /** Whether anybody wanted it connected. */
  isWanted = false;
  /** Who waits until the state is another one, and until when. */
  readonly waiting: {
    readonly known: connectivityState;
    readonly until: unknown;
    readonly tell: () => void;
  }[] = [];

  /** It is so from now on, and who waits is told. */
  become(state: connectivityState): void {
    this.state = state;
    for (const { tell: callback } of this.waiting.splice(0)) callback();
  }
}

/**
 * Takes the network from all channels of gRPC; they end with `vi.restoreAllMocks()`.
 *
 * @returns those that were looked at, in that order. A call on one gives its fake.
 */
export function fakeChannels(): readonly FakeChannel[] {
  const fakes = new Map<ChannelInterface, FakeChannel>();
  const all: FakeChannel[] = [];
  const fakeOf = (channel: ChannelInterface): FakeChannel => {
    const known = fakes.get(channel);
    if (known !== undefined) return known;
    const fake = new FakeChannel();
    fakes.set(channel, fake);
    all.push(fake);
    return fake;
  };
  const { prototype } = Channel;
  vi.spyOn(prototype, 'createCall').mockImplementation(function (this: Channel) {
    return fakeOf(this) as never;
  });
  vi.spyOn(prototype, 'getConnectivityState').mockImplementation(function (this: Channel, isWanted) {
    const fake = fakeOf(this);
    fake.isWanted ||= isWanted;
    return fake.state;
  });
  vi.spyOn(prototype, 'watchConnectivityState').mockImplementation(function (
    this: Channel,
    known,
    until,
    callback,
  ) {
    fakeOf(this).waiting.push({ known, until, tell: callback });
  });
  const close = Object.getOwnPropertyDescriptor(prototype, 'close')?.value as () => void;
  vi.spyOn(prototype, 'close').mockImplementation(function (this: Channel) {
    fakeOf(this).isClosed = true;
    close.call(this);
  });
  return all;
}
