import { describe, expect, it } from 'vitest';
import {
  callFailure,
  isHeldByWorkers,
  isPlaceTaken,
  isTransportError,
  serverText,
} from '../../src/errors/refusal.ts';

describe('callFailure', () => {
  it('knows no more of what is no error', () => {
    expect(callFailure('sealed')).toEqual({ grpcStatus: undefined, text: 'unknown error' });
    expect(callFailure(undefined)).toEqual({ grpcStatus: undefined, text: 'unknown error' });
  });
});

describe('serverText', () => {
  it.each([
    ['as it is', 'gone', 'gone'],
    ['with an empty message', 'Status { message: "", x }', 'Status { message: "", x }'],
    ['up to the end of its message', 'Status { message: "a b", details: "c" }', 'a b'],
  ])('gives a text %s', (_how, text, expected) => {
    expect(serverText({ grpcStatus: undefined, text })).toBe(expected);
  });
});

describe('isTransportError', () => {
  it.each([
    [true, Object.assign(new Error('gone'), { name: 'TransportError' })],
    [false, new Error('gone')],
    [false, { name: 'TransportError' }],
    [false, undefined],
  ])('is %s of %o', (expected, error) => {
    expect(isTransportError(error)).toBe(expected);
  });
});

describe('isHeldByWorkers', () => {
  it.each([
    [true, new Error('Cannot close connection while Workers hold a reference to it')],
    [false, new Error('gone')],
    [false, { message: 'Workers hold a reference' }],
    [false, undefined],
  ])('is %s of %o', (expected, error) => {
    expect(isHeldByWorkers(error)).toBe(expected);
  });
});

describe('isPlaceTaken', () => {
  it.each([
    [true, new Error('Failed to initialize worker: Registration of multiple workers with overlapping …')],
    [false, new Error('gone')],
    [false, 'Registration of multiple workers'],
  ])('is %s of %o', (expected, error) => {
    expect(isPlaceTaken(error)).toBe(expected);
  });
});
