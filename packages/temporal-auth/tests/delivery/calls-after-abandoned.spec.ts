import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { laneCall } from '../../src/delivery/lane.ts';
import { type DeliveryPlace, type Sending, TaskCalls } from '../../src/delivery/task-calls.ts';

type Service = () => Promise<unknown>;

const rejection = Object.assign(new Error('Request unauthorized.'), {
  code: 7,
  details: 'Request unauthorized.',
  metadata: {},
});

function setUp() {
  const clock = new FakeClock();
  const service = vi.fn<Service>();
  const scope = { isDenied: () => false };
  const place = {
    address: 'temporal:7233',
    token: {
      connection: { workflowService: service },
      scope: () => scope,
      next: () => 'token',
      accepted: vi.fn(),
      rejected: () => Promise.resolve(false),
    },
    ending: new AbortController().signal,
    options: { clock, random: () => 0.5, conditions: { raise: vi.fn(), clear: vi.fn() } },
    explain: String,
    accepted: vi.fn(),
    silent: () => Promise.resolve(false),
  };
  const calls = new TaskCalls(place as unknown as DeliveryPlace<Service>, 'default');
  const sendingOf = (over: AbortController): Sending<Service> => ({
    ...laneCall(100, Infinity),
    purpose: 'completed',
    call: (send) => send(),
    repeatMs: 15_000,
    over: () => over.signal,
    onFailed: vi.fn(),
  });
  const send = () => {
    const over = new AbortController();
    const sending = sendingOf(over);
    return { sending, ended: calls.deliver(sending), abandon: over.abort.bind(over, new Error('too late')) };
  };
  return { clock, service, send };
}

describe('a result after one that was abandoned', () => {
  const afterAbandoned = async () => {
    const { clock, service, send } = setUp();
    service.mockRejectedValueOnce(rejection).mockResolvedValue({});
    const first = send();
    await clock.advance(0);
    first.abandon();
    await expect(first.ended).rejects.toThrow('too late');
    return { clock, service, send };
  };

  it('is not pending when it is sent at once', async () => {
    const { clock, service, send } = await afterAbandoned();
    await clock.advance(60_000);
    const { sending, ended } = send();
    expect(await ended).toMatchObject({ ending: 'delivered' });
    expect(service).toHaveBeenCalledTimes(2);
    expect(sending.onFailed).not.toHaveBeenCalled();
  });

  it('is pending when it is rejected too', async () => {
    const { clock, service, send } = await afterAbandoned();
    await clock.advance(60_000);
    service.mockRejectedValueOnce(rejection);
    const { sending, ended } = send();
    await clock.advance(5_000);
    await ended;
    expect(sending.onFailed).toHaveBeenCalledWith({ error: rejection, isSilent: false });
  });

  it('is pending while another one tries', async () => {
    const { clock, service, send } = await afterAbandoned();
    await clock.advance(60_000);
    const answer = Promise.withResolvers<object>();
    service.mockReturnValueOnce(answer.promise);
    const [canary, next] = [send(), send()];
    await clock.advance(0);
    expect(canary.sending.onFailed).not.toHaveBeenCalled();
    expect(next.sending.onFailed).toHaveBeenCalledOnce();
    answer.resolve({});
    await Promise.all([canary.ended, next.ended]);
  });
});
