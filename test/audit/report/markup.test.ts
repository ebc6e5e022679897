import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import type { AuditReport } from '../../../functions/audit/audit-report.ts';
import { parseHistory, type TenantHistory } from '../../../functions/audit/history.ts';
import { changeBetween } from '../../../functions/audit/night-change.ts';
import { type FleetPage, fleetPage } from '../../../functions/audit/report/fleet-page.ts';
import { html } from '../../../functions/audit/report/html.ts';
import { dumpParts } from '../../../functions/config/export/dump-parts.ts';
import { parseConfigPart, writeConfigPart } from '../../../functions/config/export/parts.ts';
import { exampleFleet } from './example-fleet.ts';

/** Markup in what tenants, servers, KMS and the ledger name must be text on the audit's page, in every field. */

const PAYLOADS = [
  '</ul></details><meta http-equiv="refresh" content="0;url=https://evil.example/">',
  `"'><injected onmouseover='alert(1)'>`,
  '--><injected><!--',
  '</title></style></script><injected>',
  '&lt;injected&gt;',
  '<a href="javascript:alert(1)">look</a>',
  '<img src=x onerror=alert(1)>',
  '<base href="https://evil.example/"><form action="https://evil.example/"><button>ok',
  '<svg><script href="data:,alert(1)"/></svg><math><mi xlink:href="data:x">',
  'javascript:alert(1)',
];

type Element = DefaultTreeAdapterTypes.Element;

/** Returns all elements, as a browser would see them. */
function elementsOf(page: string): Element[] {
  const elements: Element[] = [];
  const walk = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) elements.push(node);
    for (const child of 'childNodes' in node ? node.childNodes : []) walk(child);
  };
  walk(parse(page));
  return elements;
}

/** An element by its name, its attributes' names, and what it loads or leads to. */
const shapeOf = ({ tagName, attrs }: Element): string[] => [
  `<${tagName}>`,
  ...attrs.map(({ name }) => `<${tagName} ${name}>`),
  ...attrs
    .filter(
      ({ name, value }) =>
        /^(href|src|action|formaction|http-equiv|style)$/.test(name) && !/^#[\w-]+$/.test(value),
    )
    .map(({ name, value }) => `${name}=${value}`),
];

/** Elements of which a page has a fixed number. */
const FIXED = ['html', 'head', 'body', 'title', 'style', 'script', 'meta', 'main'];
const fixedIn = (elements: readonly Element[]): string[] =>
  elements.map(({ tagName }) => tagName).filter((tag) => FIXED.includes(tag));

/** Returns what is in a page and in no page of ours. */
function strange(page: string): string[] {
  const elements = elementsOf(page);
  const shapes = new Set(elements.flatMap(shapeOf));
  const fixed = fixedIn(elements);
  return [
    ...[...shapes].filter((shape) => !OWN.has(shape)),
    ...(fixed.join() === OWN_FIXED.join() ? [] : fixed),
  ];
}

/** One of everything that a page has to show. */
function smallFleet(): FleetPage {
  const { report, histories, settings } = exampleFleet(3, 1, 4);
  const [history] = histories;
  const [newest, ...older] = history?.versions ?? [];
  if (!history || !newest) throw new Error('the example has backups');
  const full: TenantHistory = {
    ...history,
    versions: [
      {
        ...newest,
        manifest: newest.manifest && { ...newest.manifest, warnings: { blank_secrets: 1 } },
        change: {
          from: 'v1',
          compared: 3,
          added: 1,
          removed: 1,
          changed: 1,
          secrets: 1,
          replaced: 1,
          missing: 0,
          differences: [
            { kind: 'changed', type: 'client', at: '/clients/a', properties: ['/name'], secrets: 1 },
            {
              kind: 'changed',
              type: 'credential',
              at: '/clients/b/client_secret',
              properties: [],
              secrets: 1,
            },
            { kind: 'added', type: 'identity_pool', at: '/pools/a', properties: [], secrets: 0 },
          ],
        },
      },
      ...older.map((each) => ({
        ...each,
        verdict: 'broken' as const,
        problem: { code: 'DIGEST_MISMATCH', message: 'not as the manifest says' },
      })),
    ],
    failures: [{ scheduledTime: '2026-03-30T02:00:00Z', code: 'REFUSED', message: 'a server said no' }],
    events: [
      { kind: 'drill', id: 'd1', at: '2026-03-30T03:00:00.000Z', ok: false, code: 'PROOF_FAILED' },
      { kind: 'restore', id: 'r1', at: '2026-03-29T03:00:00.000Z', ok: null, code: null },
    ],
  };
  const finding: AuditReport['findings'][number] = {
    id: '0123456789ab',
    code: 'BACKUP_BROKEN',
    severity: 'alarm',
    tenant: 'acme',
    subject: 'v1',
    message: 'version v1 is broken',
    facts: { versionId: 'v1' },
    since: '2026-03-30T02:00:00.000Z',
    section: 'a-backup-is-broken-or-gone',
  };
  return {
    report: {
      ...report,
      findings: [finding, { ...finding, tenant: null, severity: 'warning' }],
      keys: report.keys.map((key) => ({
        ...key,
        principals: [{ principal: 'arn:aws:iam::1:user/a', grantId: 'g1' }],
      })),
      vaultSettings: [{ setting: 'lifecycle', expected: '30 days', found: '1 day' }],
    },
    histories: [full, ...histories.slice(1)],
    settings,
  };
}

type Path = readonly (string | number)[];

/** Times decide where something is shown; whatever is no time is refused where these documents are read. */
const TIME = /^\d{4}-\d\d-\d\d(T|$)/;

/** Where texts are: values, and names of members that come from outside. */
function textsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return TIME.test(value) ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => textsIn(member, [...path, name]));
}

const replaced = (value: unknown, [name, ...rest]: Path, by: string): unknown => {
  if (name === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, at) => (String(at) === name ? replaced(item, rest, by) : item));
  const object = value as Record<string, unknown>;
  return { ...object, [name]: replaced(object[name], rest, by) };
};

// Few nights, as a page is parsed for each field.
const fleet = { ...smallFleet(), nights: 7 };
const paths = textsIn(fleet);
const ownPage = fleetPage(fleet);
const OWN_FIXED = fixedIn(elementsOf(ownPage));
/** Also of other states: what a page of many tenants has. */
const OWN: ReadonlySet<string> = new Set(
  [ownPage, fleetPage({ ...exampleFleet(12), nights: 7 })].flatMap((page) =>
    elementsOf(page).flatMap(shapeOf),
  ),
);

describe('markup in a field of the audit’s page', () => {
  it.each(PAYLOADS)('is text, whichever field it is in: %s', (payload) => {
    let shown = 0;
    for (const path of paths) {
      const page = fleetPage(replaced(fleet, path, payload) as FleetPage);
      expect(strange(page), path.join('.')).toEqual([]);
      if (page.includes(html`${payload}`.text)) shown++;
    }
    // Most of the fields are shown: the payload was there to be seen.
    expect(shown).toBeGreaterThan(30);
  });

  it.each(PAYLOADS)('is text in the name of a member as well: %s', (payload) => {
    const [first, ...others] = fleet.histories;
    const warnings = { [payload]: 1 };
    const named = {
      ...fleet,
      histories: [
        {
          ...first,
          versions: first?.versions.map((each) => ({ ...each, manifest: { ...each.manifest, warnings } })),
        },
        ...others,
      ],
    } as FleetPage;
    const page = fleetPage(named);
    expect(page).toContain(html`${payload.replaceAll('_', ' ')}`.text);
    expect(strange(page)).toEqual([]);
  });

  it.each(PAYLOADS)('is text where a server names a collection of its dump so: %s', (payload) => {
    const part = (more: object) => {
      const servers = [{ id: 'system', tenant_id: 't', name: 's' }];
      const { config, credentials, placeOf } = dumpParts(Buffer.from(JSON.stringify({ servers, ...more })));
      return parseConfigPart(
        Buffer.concat(writeConfigPart(config, credentials, Buffer.alloc(32, 7), { placeOf })),
      );
    };
    const change = changeBetween(
      new Map([['system.config', part({})]]),
      new Map([['system.config', part({ [payload]: [{ id: 'a', x: 1 }] })]]),
      'v1',
    );
    const [first, ...others] = fleet.histories;
    const [newest, ...older] = first?.versions ?? [];
    const history = parseHistory(
      { ...first, versions: [{ ...newest, change }, ...older] },
      first?.tenant ?? '',
    );
    if (!history) throw new Error('the history of this release accepts what the comparison found');
    const page = fleetPage({ ...fleet, histories: [history, ...others] });
    expect(page).toContain(html`${payload.replaceAll('_', ' ')}`.text);
    expect(strange(page)).toEqual([]);
  });
});

describe('the page’s policy', () => {
  const policy =
    /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/.exec(fleetPage(fleet))?.[1] ?? '';
  const directives = new Map(
    policy
      .replaceAll('&#39;', "'")
      .split('; ')
      .map((each): [string, string] => {
        const [name = '', ...values] = each.split(' ');
        return [name, values.join(' ')];
      }),
  );

  it('allows its own style and script by their digests, and nothing from elsewhere', () => {
    for (const name of ['default-src', 'base-uri', 'form-action']) {
      expect(directives.get(name), name).toBe("'none'");
    }
    for (const name of ['style-src', 'script-src']) {
      expect(directives.get(name), name).toMatch(/^'sha256-[A-Za-z0-9+/]{43}='$/);
    }
    expect([...directives.keys()]).toHaveLength(5);
  });

  it('comes before anything that it has to keep out', () => {
    const page = fleetPage(fleet);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.search(/<(script|style|title|body)\b/));
  });
});
