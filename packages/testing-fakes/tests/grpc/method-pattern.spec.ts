import { expect, it } from 'vitest';
import { checkMethod } from '../../src/grpc/method-pattern.ts';

it.each([
  [5, 'A method must be named by a text'],
  ['Poll', 'Temporal has no method "Poll": did you mean Poll*?'],
  [
    'PolWorkflowTaskQueue',
    'Temporal has no method "PolWorkflowTaskQueue": did you mean PollWorkflowTaskQueue?',
  ],
  [
    'PolActivityTaskQueue*',
    'Temporal has no method "PolActivityTaskQueue*": did you mean PollActivityTaskQueue?',
  ],
  [
    ['Poll*', ''],
    'Temporal has no method "": give a name as PollWorkflowTaskQueue, its beginning as Poll*, or a whole path',
  ],
])('there is no method %j', (pattern, message) => {
  expect(() => {
    checkMethod(pattern as string);
  }).toThrow(new TypeError(message));
});
