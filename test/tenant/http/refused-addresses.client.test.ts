import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { isLoopback } from '../../../functions/tenant/enrolment/enrolment.ts';
import {
  isRefusedAddress,
  refusalOf,
  refusingLookup,
} from '../../../functions/tenant/http/refused-addresses.client.ts';

/** Spellings of hosts that are the platform's, or a way to it. */
const PLATFORM = [
  '169.254.169.254',
  '169.254.169.254.',
  '169.254.170.2',
  '169.254.100.1',
  '2852039166',
  '0xa9fea9fe',
  '0xA9.0xFE.0xA9.0xFE',
  '0251.0376.0251.0376',
  '025177524776',
  '169.254.43518',
  '169.16689662',
  '１６９.254.169.254',
  '169。254。169。254',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[0:0:0:0:0:ffff:a9fe:a9fe]',
  '[::169.254.169.254]',
  '[64:ff9b::169.254.169.254]',
  '[2002:a9fe:a9fe::1]',
  '[fd00:ec2::254]',
  '[fd00:0ec2:0:0::23]',
  '[fe80::1]',
  '[::]',
  '0.0.0.0',
  '0',
  '224.0.0.1',
  '255.255.255.255',
];
const LOOPBACK = [
  '127.0.0.1',
  '127.1',
  '127.0.0.1.',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.255.255.254',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
];
const TENANTS = [
  'sso.example.com',
  '10.1.2.3',
  '172.16.0.9',
  '192.168.7.7',
  '203.0.113.9',
  '[2001:db8::1]',
  '[fd12:3456::1]',
];

const https = (host: string): URL => new URL(`https://${host}/acme/system`);

describe('a URL', () => {
  test.each(PLATFORM)('of the platform is refused, on a local AWS as well: %s', (host) => {
    expect(refusalOf(https(host), false)).toBe('ADDRESS_REFUSED');
    expect(refusalOf(https(host), true)).toBe('ADDRESS_REFUSED');
  });

  test.each(LOOPBACK)('of this machine is refused except on a local AWS: %s', (host) => {
    expect(refusalOf(https(host), false)).toBe('ADDRESS_REFUSED');
    expect(isLoopback(https(host).hostname) ? refusalOf(https(host), true) : null).toBeNull();
  });

  test.each(TENANTS)('of a tenant, private networks included, is accepted: %s', (host) => {
    expect(refusalOf(https(host), false)).toBeNull();
  });

  test.each([...LOOPBACK, ...TENANTS, 'localhost'])(
    'with plain http is refused except on a local AWS: %s',
    (host) => {
      expect(refusalOf(new URL(`http://${host}/`), false)).toBe('PLAIN_HTTP');
      expect(refusalOf(new URL('http://127.0.0.1/'), true)).toBeNull();
    },
  );
});

describe('a name', () => {
  type Found = { address: string; family: number }[];
  const lookUp = (found: Found, allowLoopback: boolean, all: boolean) =>
    new Promise<unknown>((resolve) => {
      const resolver: LookupFunction = (_name, _options, callback) =>
        all ? callback(null, found) : callback(null, found[0]?.address ?? '', found[0]?.family);
      refusingLookup(resolver, allowLoopback)('sso.example', { all }, (error, address) =>
        resolve(error?.message ?? address),
      );
    });
  const six = (address: string) => ({ address, family: 6 });
  const four = (address: string) => ({ address, family: 4 });

  test.each([
    four('169.254.169.254'),
    four('127.0.0.1'),
    four('0.0.0.0'),
    six('::1'),
    six('::ffff:169.254.169.254'),
    six('fd00:ec2::254'),
    six('fe80::1%eth0'),
    six('64:ff9b::a9fe:a9fe'),
  ])('is refused that has the address $address, beside good ones or alone', async (bad) => {
    expect(await lookUp([four('203.0.113.9'), bad], false, true)).toBe('ADDRESS_REFUSED');
    expect(await lookUp([bad, six('2001:db8::1')], false, true)).toBe('ADDRESS_REFUSED');
    expect(await lookUp([bad], false, false)).toBe('ADDRESS_REFUSED');
  });

  test('keeps the addresses that were checked', async () => {
    const found = [four('203.0.113.9'), six('2001:db8::1')];
    expect(await lookUp(found, false, true)).toEqual(found);
    expect(await lookUp([four('10.0.0.1')], false, false)).toBe('10.0.0.1');
  });

  test('of this machine is accepted on a local AWS', async () => {
    expect(await lookUp([four('127.0.0.1')], true, true)).toEqual([four('127.0.0.1')]);
  });

  test('that does not exist fails as before', async () => {
    const failing: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }), '', 0);
    const code = await new Promise((resolve) =>
      refusingLookup(failing, false)('nowhere', { all: true }, (error) => resolve(error?.code)),
    );
    expect(code).toBe('ENOTFOUND');
  });
});

test.each([
  '169.253.255.255',
  '169.255.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '::2',
  'fec0::1',
  'fd00:ec3::1',
])('an address beside a refused range is accepted: %s', (address) => {
  expect(isRefusedAddress(address, false)).toBe(false);
});
