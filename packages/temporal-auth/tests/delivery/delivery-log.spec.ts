import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { DeliveryLog, type Ending } from '../../src/delivery/delivery-log.ts';
import { RecordedEvents } from '../support/recorded-events.ts';

const of = { activityType: 'countRows', activityId: '7', workflowId: 'extract' };
const result = { of, taskQueue: 'extraction' };

function open() {
  const [clock, logger, events] = [new FakeClock(), new RecordingLogger(), new RecordedEvents()];
  return { clock, logger, events, log: new DeliveryLog({ clock, logger, events }, 'ours') };
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
])('tells of each result that is lost, and why: %s', (ending, level, text, event) => {
  const { logger, events, log } = open();
  log.ended(ending, result, 'why', false);
  expect(logger.entries).toMatchObject([
    {
      level,
      message: expect.stringContaining(text) as unknown,
      meta: { namespace: 'ours', taskQueue: 'extraction', ...of },
    },
  ]);
  expect(events.names).toEqual([event]);
});

it('says at the end of all what became of those that were pending, and of no others', async () => {
  const { clock, logger, events, log } = open();
  const endings: readonly Ending[] = [
    'delivered',
    'gone',
    'gone',
    'shutdown',
    'closed',
    'startToCloseTimeout',
    'final',
  ];
  for (let count = 0; count < endings.length; count++) log.pending(result, 'why');
  log.ended('delivered', result, 'why', false);
  await clock.advance(2_500);
  for (const ending of endings) log.ended(ending, result, 'why', true);
  expect(logger.entries.at(-1)).toEqual({
    level: 'INFO',
    message: 'Temporal accepts activity results again, after 2.5 s',
    meta: { namespace: 'ours', delivered: 1, gone: 2, abandoned: 3 },
  });
  expect(events.names.filter((name) => name === 'resultAbandoned')).toHaveLength(3);
});

it.each<[Ending, number]>([
  ['gone', 1],
  ['closed', 0],
])('says that results are accepted again where Temporal has answered about one: %s', (ending, lines) => {
  const { logger, log } = open();
  log.pending(result, 'why');
  log.ended(ending, result, 'why', true);
  expect(logger.messages('INFO')).toHaveLength(lines);
});
