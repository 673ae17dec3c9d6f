import { eventsOf, outcomeOf, until } from './outcome.ts';
import { type Scenario, start, whole } from './stage.ts';

/** What workflows do by themselves. */
export const workflowScenarios: Readonly<Record<string, Scenario>> = {
  'a result': whole('plain', [1]),
  'a failure': whole('fails'),
  'the result of an activity': whole('callsActivity', ['a']),
  'activities at the same time': async (stage) => {
    const { end, events } = await outcomeOf(await start(stage, 'callsActivitiesAtOnce'));
    // How many workflow tasks there are, and where between the others, is a matter of time.
    return { end, events: events.filter((kind) => kind >= 10).toSorted((one, other) => one - other) };
  },
  'an activity that succeeds at its third attempt': whole('callsFlaky'),
  'an activity that fails at all attempts': whole('callsFailing'),
  'an activity that takes too long': whole('callsSlow'),
  'an activity without a heartbeat': whole('callsSilent'),
  'an activity that nobody takes': whole('callsUnattended'),
  'an activity whose whole time is over': whole('callsHurried'),
  'an activity that goes on from its last heartbeat': whole('callsResumed'),
  'an activity whose error is not to be retried': whole('callsNotTwice'),
  'an activity that is cancelled before anybody takes it': whole('cancelsActivity'),
  'a timer that is cancelled': whole('cancelsTimer'),
  'a local activity': whole('callsLocal'),
  'a timer': whole('sleeps'),
  'a condition that does not come true in time': whole('races'),
  'continuing as new': whole('again', [2]),
  'a child': whole('parent'),
  'a child that fails': whole('parentOfFailing'),
  'a child that continues as new': whole('parentOfLongChain'),
  'a child that is signalled': whole('signalsChild'),
  'a child whose id is in use': whole('parentOfTwins'),
  'a patch and a memo': async (stage) => {
    const handle = await start(stage, 'marks', [], { memo: { first: 1 } });
    return [await outcomeOf(handle), (await handle.describe()).memo];
  },
  'a run that takes too long': whole('waits', [], { workflowRunTimeout: '1s' }),
  'a chain of runs that takes too long': whole('waits', [], { workflowExecutionTimeout: '1s' }),
  'a failure that is retried': whole('fails', [], { retry: { maximumAttempts: 2, initialInterval: '50ms' } }),
  'a late start': whole('plain', [1], { startDelay: '200ms' }),
  'a type that no worker has': async (stage) => {
    const handle = await start(stage, 'no-such-type');
    await until(async () => (await eventsOf(handle)).length >= 6);
    const events = await eventsOf(handle);
    await handle.terminate();
    return events;
  },
};
