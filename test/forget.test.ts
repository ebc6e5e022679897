import { describe, expect, it } from 'vitest';
import { forget } from '../functions/forget.ts';

describe('forget', () => {
  it('empties large bytes, and gives their memory back at once', () => {
    const bytes = Buffer.alloc(64 * 1024 * 1024, 1);
    const before = process.memoryUsage().arrayBuffers;
    forget(bytes);
    expect(bytes.byteLength).toBe(0);
    expect(before - process.memoryUsage().arrayBuffers).toBeGreaterThanOrEqual(64 * 1024 * 1024);
  });

  it('leaves small bytes alone, which share their memory with others', () => {
    const [one, other] = [Buffer.from('one'), Buffer.from('other')];
    expect(one.buffer).toBe(other.buffer);
    forget(one);
    expect([one.toString(), other.toString()]).toEqual(['one', 'other']);
  });
});
