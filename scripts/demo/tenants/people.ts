import type { JsonObject } from '../../sandbox/json.ts';
import type { Collections } from '../../sandbox/state/tenants.ts';
import type { Company } from './companies.ts';
import type { Maker } from './maker.ts';

interface Person {
  readonly name: string;
  readonly pool: 'consumers' | 'employees';
}

/** Invented persons. */
const PEOPLE: readonly Person[] = [
  { name: 'ada', pool: 'consumers' },
  { name: 'zoë', pool: 'consumers' },
  { name: 'grace', pool: 'employees' },
];

/** The users of a tenant with what belongs to them: only an identity dump shows them. */
export function people(make: Maker, company: Company): Collections {
  const people = PEOPLE.map((person) => ({ person, ...partsOf(make, company, person) }));
  const inEmployees = { tenant_id: company.id, user_pool_id: 'employees' };
  const [first] = people;
  return {
    users: people.map(({ user }) => user),
    user_credentials: people.flatMap(({ credentials }) => credentials),
    user_identifiers: people.map(({ identifier }) => identifier),
    user_verifiable_addresses: people.map(({ address }) => address),
    groups: [
      { ...inEmployees, id: 'staff', name: 'Staff', description: 'Everybody who works here', path: '' },
    ],
    group_members: [{ ...inEmployees, group_id: 'staff', user_id: `${company.id}-grace` }],
    codes: [
      {
        ...own(company, PEOPLE[0] as Person),
        id: make.id(),
        type: 'reset_password',
        verifiable_address_id: first?.address['id'] ?? '',
        code: { hashed_code: { value: make.secret(), config: { method: 'argon2' } } },
        metadata: {},
        ...times(make, 'created_at', 'issued_at', 'expires_at'),
      },
    ],
  };
}

const own = (company: Company, { name, pool }: Person): JsonObject => ({
  tenant_id: company.id,
  user_pool_id: pool,
  user_id: `${company.id}-${name === 'zoë' ? 'zoe' : name}`,
});

const times = (make: Maker, ...members: string[]): JsonObject =>
  Object.fromEntries(members.map((member) => [member, make.time()]));

function partsOf(make: Maker, company: Company, person: Person) {
  const { user_id, ...inPool } = own(company, person);
  const ofUser = { ...inPool, user_id: user_id ?? '' };
  const email = `${person.name === 'zoë' ? 'Zoe' : person.name}@${make.domain}`;
  const created = times(make, 'created_at', 'updated_at');
  const credential = (type: string, payload: JsonObject): JsonObject => ({
    ...ofUser,
    id: make.id(),
    type,
    state: 'valid',
    payload,
    ...created,
  });
  return {
    user: {
      ...inPool,
      id: ofUser.user_id,
      status: 'active',
      payload: { given_name: person.name, family_name: 'Example' },
      payload_schema_id: person.pool === 'consumers' ? 'consumer' : 'employee',
      metadata: {},
      business_metadata: { 'customer/number': '4~711' },
      ...created,
      ...times(make, 'status_updated_at'),
    } as JsonObject,
    credentials: [
      credential('password', { hashed_password: make.secret() }),
      ...(person.pool === 'employees' ? [credential('totp', { secret: make.secret() })] : []),
    ],
    identifier: {
      ...ofUser,
      id: make.id(),
      identifier: email,
      identifier_lc: email.toLowerCase(),
      type: 'email',
      metadata: {},
      ...created,
    } as JsonObject,
    address: {
      ...ofUser,
      id: make.id(),
      address: email,
      address_lc: email.toLowerCase(),
      type: 'email',
      status: 'active',
      verified: true,
      allowed_for_2fa: true,
      metadata: {},
      ...created,
      ...times(make, 'verified_at'),
    } as JsonObject,
  };
}
