import { describe, expect, it } from 'vitest';
import { parseLatency, parseSize } from './quantity.js';

describe('quantities', () => {
  it.each([
    ['50us', 50],
    ['50 µs', 50],
    ['0.2ms', 200],
    ['.5MS', 500],
    ['800ns', 0.8],
    ['1s', 1e6],
    ['none', null],
  ])('%s is a latency', (text, value) => {
    expect(parseLatency(text)).toBe(value);
  });

  it.each(['', '50', '0us', '-1us', 'fast', '1e3us', '5m', 'us', 'Infinityus'])('"%s" is no latency', (text) => {
    expect(() => parseLatency(text)).toThrow(/--latency .* with its unit/);
  });

  it.each([
    ['1MB', 1e6],
    ['64KiB', 65_536],
    ['1.5 kb', 1500],
    ['4096', 4096],
    ['2GiB', 2 ** 31],
    ['none', null],
  ])('%s is a size', (text, value) => {
    expect(parseSize(text)).toBe(value);
  });

  it.each(['', '0', '-1MB', 'small', '1TB', '1us', '1 000'])('"%s" is no size', (text) => {
    expect(() => parseSize(text)).toThrow(/--size .* not a size/);
  });
});
