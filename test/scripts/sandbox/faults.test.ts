import { describe, expect, it } from 'vitest';
import { Faults, parseFaultFlag, type Target } from '../../../scripts/sandbox/faults.ts';

const target = (more: Partial<Target> = {}): Target => ({
  tenantId: 'acme',
  kind: 'export',
  api: 'hub',
  withCredentials: true,
  ...more,
});

describe('Faults', () => {
  it('hits the tenant and kind of request that it is for, and no other', () => {
    const faults = new Faults();
    faults.arm('acme', { kind: 'fail', on: 'export' });
    expect(faults.take(target({ tenantId: 'globex' })).fault).toBeNull();
    expect(faults.take(target({ kind: 'token' })).fault).toBeNull();
    expect(faults.take(target()).fault).toMatchObject({ kind: 'fail', status: 503 });
  });

  it('hits every tenant with *', () => {
    const faults = new Faults();
    faults.arm('*', { kind: 'html' });
    expect(faults.take(target({ tenantId: 'globex' })).fault).toMatchObject({ kind: 'html' });
  });

  it('lets `after` requests pass, hits `times`, and is spent', () => {
    const faults = new Faults();
    faults.arm('acme', { kind: 'fail', after: 1, times: 2 });
    const hits = Array.from({ length: 5 }, () => faults.take(target()).fault !== null);
    expect(hits).toEqual([false, true, true, false, false]);
    expect(faults.armed).toEqual([]);
  });

  it('adds up delays and takes the oldest of the others', () => {
    const faults = new Faults();
    faults.arm('acme', { kind: 'slow', delayMilliseconds: 5 });
    faults.arm('acme', { kind: 'fail', status: 500, times: 1 });
    faults.arm('*', { kind: 'slow', delayMilliseconds: 7 });
    faults.arm('acme', { kind: 'fail', status: 502 });
    expect(faults.take(target())).toMatchObject({ delayMilliseconds: 12, fault: { status: 500 } });
    expect(faults.take(target())).toMatchObject({ fault: { status: 502 } });
  });

  it('redacts only exports with credentials, and skips only imports', () => {
    const faults = new Faults();
    faults.arm('acme', { kind: 'redacted', times: 1 });
    expect(faults.take(target({ withCredentials: false })).fault).toBeNull();
    expect(faults.take(target()).fault).toMatchObject({ kind: 'redacted' });
    faults.arm('acme', { kind: 'skip-import' });
    expect(faults.take(target()).fault).toBeNull();
    expect(faults.take(target({ kind: 'import' })).fault).toMatchObject({ kind: 'skip-import' });
  });

  it('disarms one tenant, or all', () => {
    const faults = new Faults();
    faults.arm('acme', { kind: 'html' });
    faults.arm('*', { kind: 'empty' });
    faults.disarm('acme');
    expect(faults.armed.map(({ fault }) => fault.kind)).toEqual(['empty']);
    faults.disarm();
    expect(faults.armed).toEqual([]);
  });

  it.each([
    [{ kind: 'explode' }, /fault kind/],
    [{ kind: 'fail', status: 200 }, /fault status.*400/],
    [{ kind: 'fail', times: 0 }, /fault times/],
    [{ kind: 'fail', sometimes: true }, /unrecognized key.*sometimes/],
    [{ kind: 'skip-import', pointer: 'servers' }, /fault pointer/],
    ['fail', /fault/],
  ])('refuses %j', (order, message) => {
    expect(() => new Faults().arm('acme', order)).toThrow(message);
  });
});

describe('parseFaultFlag', () => {
  it('reads tenant, kind and members', () => {
    expect(parseFaultFlag('acme:throttle,retryAfterSeconds=2,on=export')).toEqual({
      tenantId: 'acme',
      order: { kind: 'throttle', retryAfterSeconds: 2, on: 'export' },
    });
    expect(parseFaultFlag('*:empty')).toEqual({ tenantId: '*', order: { kind: 'empty' } });
  });
  it.each([[''], ['acme'], ['acme:'], ['acme:fail,'], ['acme:fail,status'], [':fail']])(
    'refuses %j',
    (text) => {
      expect(() => parseFaultFlag(text)).toThrow('fault must be TENANT:KIND');
    },
  );
});
