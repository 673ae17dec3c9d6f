import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { Conditions } from '../../src/conditions/conditions.ts';
import { DeliveryLog, type Ending } from '../../src/delivery/delivery-log.ts';
import { RecordedEvents } from '../support/recorded-events.ts';

const activity = { activityType: 'countRows', activityId: '7', workflowId: 'extract' };
const result = { of: activity, taskQueue: 'extraction' };

function open() {
  const [clock, logger, events] = [new FakeClock(), new RecordingLogger(), new RecordedEvents()];
  const conditions = new Conditions(clock, logger);
  return { clock, logger, events, conditions, log: new DeliveryLog({ logger, events, conditions }, 'ours') };
}

it.each<[Ending, string, string, string | undefined]>([
  ['startToCloseTimeout', 'ERROR', 'its startToCloseTimeout was shorter than the outage', 'resultAbandoned'],
  [
    'scheduleToCloseTimeout',
    'ERROR',
    'its scheduleToCloseTimeout was shorter than the outage',
    'resultAbandoned',
  ],
  ['shutdown', 'ERROR', 'its worker was shut down', 'resultAbandoned'],
  ['closed', 'ERROR', 'its connection was closed', 'resultAbandoned'],
  ['gone', 'WARN', 'Temporal no longer wants an activity result: why', 'resultGone'],
])('logs each result that is lost, and why: %s', (ending, level, text, event) => {
  const { logger, events, log } = open();
  log.ended(ending, result, 'why', false);
  expect(logger.entries).toMatchObject([
    {
      level,
      message: expect.stringContaining(text) as unknown,
      meta: { namespace: 'ours', taskQueue: 'extraction', ...activity },
    },
  ]);
  expect(events.names).toEqual([event]);
});

it('raises that results are pending, and says at the end what became of those, and of no others', async () => {
  const { clock, logger, events, conditions, log } = open();
  const abandoned = ['shutdown', 'closed', 'startToCloseTimeout'] as const;
  const endings: readonly Ending[] = ['delivered', 'gone', 'gone', ...abandoned, 'final'];
  for (let count = 0; count < endings.length; count++) log.pending(result, 'why');
  log.ended('delivered', result, 'why', false);
  await clock.advance(2_500);
  const scope = { namespace: 'ours' };
  expect(conditions.list).toMatchObject([{ code: 'RESULTS_PENDING', scope, cause: 'why' }]);
  for (const ending of endings) log.ended(ending, result, 'why', true);
  expect(logger.entries.at(-1)?.meta).toEqual({
    ...{ code: 'RESULTS_PENDING', ...scope, delivered: 1, gone: 2, abandoned: 3 },
  });
  expect(conditions.list).toEqual([]);
  expect(events.names.filter((name) => name === 'resultAbandoned')).toHaveLength(3);
});

it('logs the first result that a time-out ends of those that are pending, and each at the end', () => {
  const { logger, log } = open();
  for (let count = 0; count < 5; count++) log.pending(result, 'why');
  for (const ending of ['startToCloseTimeout', 'startToCloseTimeout', 'shutdown', 'shutdown'] as const)
    log.ended(ending, result, 'why', true);
  expect(logger.messages('ERROR').map((text) => text.split(/[,;] /)[1])).toEqual([
    expect.stringContaining('startToCloseTimeout'),
    ...['as its worker was shut down', 'as its worker was shut down'],
  ]);
});
