import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Addresses of the machine itself and of its platform, where credentials and the runtime's own API are. Private networks are
 * no part of it: self-hosted deployments lie there. A `BlockList` also finds an IPv4 address that is mapped into IPv6.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/using-dns.html */
const PLATFORM = listOf([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['::', 128],
  ['fe80::', 10],
  ['fd00:ec2::', 32],
  ['ff00::', 8],
  // Notations of an IPv4 address that routers translate.
  ['64:ff9b::a9fe:0', 112],
  ['64:ff9b::7f00:0', 104],
  ['2002:a9fe::', 32],
  ['2002:7f00::', 24],
  ['::a9fe:0', 112],
  ['::7f00:0', 104],
]);
const LOOPBACK = listOf([
  ['127.0.0.0', 8],
  ['::1', 128],
]);

/** Tells whether no tenant can be at an address.
 * @param address in any notation of an IP address
 * @param allowLoopback whether tenants may be on this machine */
export function isRefusedAddress(address: string, allowLoopback: boolean): boolean {
  // A zone (`fe80::1%eth0`) does not matter.
  const [bare = ''] = address.split('%');
  const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
  return PLATFORM.check(bare, family) || (!allowLoopback && LOOPBACK.check(bare, family));
}

/** Returns the reason why a request to a URL must not be sent, as far as the URL itself shows it. `URL` has already turned
 * decimal, octal, hexadecimal and short notations into the usual one.
 * @returns null if nothing is wrong; a name shows its addresses only when it is looked up */
export function refusalOf(
  { protocol, hostname }: URL,
  allowLoopback: boolean,
): 'PLAIN_HTTP' | typeof REFUSED | null {
  if (protocol !== 'https:' && !allowLoopback) return 'PLAIN_HTTP';
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 && isRefusedAddress(bare, allowLoopback) ? REFUSED : null;
}

/** The code of a connection that was refused for its address. */
export const REFUSED = 'ADDRESS_REFUSED';

/** Wraps a look-up of names, so that it fails for a name with any refused address. The connection uses the very addresses that were
 * checked: a name cannot point elsewhere in between. */
export const refusingLookup =
  (lookup: LookupFunction, allowLoopback: boolean): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
      const refused = !error && addresses.some((address) => isRefusedAddress(address, allowLoopback));
      callback(refused ? Object.assign(new Error(REFUSED), { code: REFUSED }) : error, found, family);
    });

function listOf(subnets: readonly (readonly [network: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) {
    list.addSubnet(network, prefix, isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
