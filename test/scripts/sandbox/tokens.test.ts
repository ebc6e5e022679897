import { describe, expect, it } from 'vitest';
import { goDurationSeconds, Tokens } from '../../../scripts/sandbox/tokens.ts';
import { Clock } from './support.ts';

describe('Tokens', () => {
  const grant = { tenantId: 'acme', workspaceId: 'system', clientId: 'c', scopes: [] };

  it('finds a token until the second in which it expires', () => {
    const clock = new Clock();
    const tokens = new Tokens(clock.now);
    const token = tokens.issue(grant, 60);
    clock.advanceSeconds(59);
    expect(tokens.find(token)).toMatchObject(grant);
    clock.advanceSeconds(1);
    expect(tokens.find(token)).toBeUndefined();
  });

  it('does not find what it never issued', () => {
    expect(new Tokens(() => new Date()).find('x')).toBeUndefined();
  });
});

describe('goDurationSeconds', () => {
  it.each([
    ['1h0m0s', 3600],
    ['10m0s', 600],
    ['90s', 90],
    ['1.5h', 5400],
  ])('reads %s', (text, seconds) => {
    expect(goDurationSeconds(text)).toBe(seconds);
  });
  it.each([[''], ['1d'], ['soon'], [5], [undefined]])('does not read %j', (text) => {
    expect(goDurationSeconds(text)).toBeUndefined();
  });
});
