import { describe, expect, it } from 'vitest';
import { parseFlags, UsageError, usage } from '../../../scripts/sandbox/flags.ts';

describe('parseFlags', () => {
  it('listens on 8443 and loads nothing unless told so', () => {
    expect(parseFlags([])).toEqual({
      port: 8443,
      load: [],
      fault: [],
      behave: [],
      limits: [],
      dump: [],
      identity: [],
    });
  });

  it('collects tenants and faults in their order', () => {
    const flags = [
      '--load',
      'a/acme.json',
      '--tenant',
      'globex=g=1.yaml',
      '--fault',
      'acme:html',
      '--fault',
      '*:slow',
    ];
    expect(parseFlags(flags)).toMatchObject({
      load: [
        { id: 'acme', file: 'a/acme.json' },
        { id: 'globex', file: 'g=1.yaml' },
      ],
      fault: [
        { tenantId: 'acme', order: { kind: 'html' } },
        { tenantId: '*', order: { kind: 'slow' } },
      ],
    });
  });

  it('collects switches, limits and further lists', () => {
    const flags = [
      '--tenant',
      'acme=a.json',
      '--behave',
      'acme:hub=off-403',
      '--behave',
      '*:usersPerImport=100',
    ];
    const more = [
      '--limits',
      'acme={"writesAtOnce":1}',
      '--dump',
      'acme=d.json',
      '--identity',
      'acme=i.json',
    ];
    expect(parseFlags([...flags, ...more])).toMatchObject({
      behave: [
        { tenantId: 'acme', order: { hub: 'off-403' } },
        { tenantId: '*', order: { usersPerImport: 100 } },
      ],
      limits: [{ tenantId: 'acme', order: { writesAtOnce: 1 } }],
      dump: [{ id: 'acme', file: 'd.json' }],
      identity: [{ id: 'acme', file: 'i.json' }],
    });
  });

  it('reads numbers and texts', () => {
    const flags = ['--port', '0', '--token-lifetime', '60', '--client-id', 'me', '--client-secret', '123'];
    expect(parseFlags(flags)).toMatchObject({
      port: 0,
      tokenLifetime: 60,
      clientId: 'me',
      clientSecret: '123',
    });
  });

  it.each([
    [['--port', 'abc'], /--port.*whole number from 0 to 65535/],
    [['--port', '70000'], /whole number from 0 to 65535/],
    [['--port', '-1'], /whole number from 0 to 65535/],
    [['--token-lifetime', '0'], /whole number from 1 to 86400/],
    [['--nope'], /unknown option '--nope'/],
    [['surplus'], /too many arguments/],
    [['--tenant', 'acme.json'], /must be ID=FILE/],
    [['--fault', 'nonsense'], /fault must be TENANT:KIND/],
    [['--behave', 'hub=off-403'], /must be TENANT:NAME=VALUE/],
    [['--behave', 'acme:hub=off-403'], /--behave: no tenant acme is loaded/],
    [['--limits', '*={'], /must be TENANT=JSON/],
    [['--limits', 'acme={}'], /--limits: no tenant acme is loaded/],
    [['--dump', 'acme=a.json'], /--dump: no tenant acme is loaded/],
    [['--fault', 'acme:html'], /no tenant acme is loaded/],
    [['--tls-cert', 'cert.pem'], /must be given together/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseFlags(argv)).toThrow(message);
  });
});

describe('usage', () => {
  it('says what the mistake is about, once', () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    expect(() => usage('a.json', broken)).toThrow(new UsageError('a.json: broken'));
    expect(() => usage('outer', () => usage('a.json', broken))).toThrow(new UsageError('a.json: broken'));
  });
});
