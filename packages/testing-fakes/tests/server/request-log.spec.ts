import { expect, it } from 'vitest';
import { RequestLog } from '../../src/server/request-log.ts';

it('forgets the oldest requests, and keeps the newest 10,000', () => {
  const log = new RequestLog<number>();
  for (let request = 1; request <= 35_000; request++) log.add(request);
  expect(log.requests.length).toBeGreaterThanOrEqual(10_000);
  expect(log.requests.length).toBeLessThanOrEqual(11_000);
  expect(log.requests.at(-1)).toBe(35_000);
});
