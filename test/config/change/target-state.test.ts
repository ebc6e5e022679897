import { describe, expect, it } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import { verifyTargetState } from '../../../functions/config/change/target-state.ts';
import { parseSelection } from '../../../functions/config/select/selection.ts';
import type { Tree } from '../arbitraries.ts';

const tree = (names: readonly [string, string], secret = 'canary'): Tree => ({
  servers: {
    main: {
      clients: {
        portal: { client_name: names[0], client_secret: secret },
        shop: { client_name: names[1], client_secret: 'canary-shop' },
      },
    },
  },
});

const selection = parseSelection([{ ids: ['portal'] }]);
const plan = planChanges(tree(['Portal', 'x']), tree(['Protal', 'Shop']), { mode: 'update', selection });

describe('verifyTargetState', () => {
  it('compares what the operation is about, and all else apart', () => {
    const { own, others } = verifyTargetState(plan, tree(['Portal', 'Shop']));
    expect([own.compared, own.equal, others.compared, others.equal]).toEqual([1, 1, 3, 3]);
  });

  it('tells of what was not done, of what is there besides, and of what others did', () => {
    const { own, others } = verifyTargetState(plan, tree(['Protal', 'Other']));
    expect(own.differences.map(({ pointer }) => pointer)).toEqual(['/servers/main/clients/portal']);
    expect(others.differences.map(({ pointer }) => pointer)).toEqual(['/servers/main/clients/shop']);
    const live = tree(['Protal', 'Shop']);
    const pruned = planChanges({ servers: { main: { clients: {} } } }, live, {
      mode: 'update',
      prune: true,
      selection,
    });
    expect(verifyTargetState(pruned, live).own).toMatchObject({ compared: 0, extra: 1 });
  });

  it('takes any credential that SecureAuth had to make up, and no other', () => {
    const without = planChanges(
      tree(['Portal', 'x'], ''),
      { servers: { main: { clients: {} } } },
      {
        mode: 'update',
        selection,
      },
    );
    const targetState = (secret: string, name = 'Portal') => ({
      servers: { main: { clients: { portal: { client_name: name, client_secret: secret } } } },
    });
    expect(verifyTargetState(without, targetState('made-up')).own).toMatchObject({ compared: 1, equal: 1 });
    expect(verifyTargetState(without, targetState('made-up', 'Other')).own).toMatchObject({ equal: 0 });
    const carried = planChanges(
      tree(['Portal', 'x']),
      { servers: { main: { clients: {} } } },
      { mode: 'update', selection },
    );
    expect(verifyTargetState(carried, targetState('made-up')).own).toMatchObject({ equal: 0 });
  });
});
