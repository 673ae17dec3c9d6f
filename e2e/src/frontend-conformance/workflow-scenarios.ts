import { eventsOf, outcomeOf, until } from './outcome.ts';
import { history, type Scenario, start, whole } from './stage.ts';

/** What workflows do by themselves. */
export const workflowScenarios: Readonly<Record<string, Scenario>> = {
  'a result': whole('plain', [1]),
  'a failure': whole('fails'),
  'the result of an activity': whole('callsActivity', ['a']),
  'every event of a workflow with an activity': history('callsActivity', ['a']),
  'every event of a workflow with a timer': history('sleeps'),
  'every event of a workflow that fails': history('fails'),
  'activities at the same time': async (stage) => {
    const { end, events } = await outcomeOf(await start(stage, 'callsActivitiesAtOnce'));
    return { end, events: events.toSorted((one, other) => one - other) };
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
  'a patch': whole('marks'),
  'a run that takes too long': whole('waits', [], { workflowRunTimeout: '1s' }),
  'a chain of runs that takes too long': whole('waits', [], { workflowExecutionTimeout: '1s' }),
  'a type that no worker has': async (stage) => {
    const handle = await start(stage, 'no-such-type');
    // A real server shows the next attempt, too, before it has ended.
    await until(async () => (await eventsOf(handle)).length >= 4);
    const events = await eventsOf(handle);
    await handle.terminate();
    return events.slice(0, 4);
  },
};
