import { describe, expect, test } from 'vitest';
import { parseStatusRequest } from '../../functions/status/request.ts';
import { rejectionOf } from '../rejection.ts';

const OPERATION = '0d990263-018e-4e65-a703-eff731de951e';

describe('parseStatusRequest', () => {
  test('asks for the last operation on a tenant, or for one by its id', () => {
    expect(parseStatusRequest({ tenant: 'acme' })).toEqual({ tenant: 'acme' });
    const request = { tenant: 'acme', operationId: OPERATION };
    expect(parseStatusRequest(request)).toEqual(request);
  });

  test.each<[event: unknown, message: string]>([
    [{}, 'tenant must be a string, got nothing'],
    [
      { tenant: '../plans/acme' },
      'tenant must be 1 to 63 lower-case letters, digits and inner hyphens, got "../plans/acme"',
    ],
    [
      { tenant: 'acme', operationId: '../../locks/acme' },
      'operationId must be the id of an operation, got "../../locks/acme"',
    ],
    [{ tenant: 'acme', id: OPERATION }, 'unknown field "id"'],
  ])('refuses %j naming field, value and bound', async (event, message) => {
    expect(await rejectionOf(() => parseStatusRequest(event))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: `status request: ${message}`,
    });
  });
});
