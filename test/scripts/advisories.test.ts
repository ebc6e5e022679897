import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeAudit } from '../../scripts/advisories.ts';

const report = (vulnerabilities: object, total = 3): string =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { dependencies: { total } } });

test('tells how many packages were checked', () => {
  expect(describeAudit(report({}))).toEqual({
    lines: ['checked 3 packages: 0 with advisories'],
    exitCode: 0,
  });
});

test('names package, range, severity, title and address of an advisory', () => {
  const title = { title: 'Prototype pollution', url: 'https://github.com/advisories/GHSA-1' };
  const found = {
    minimist: { severity: 'critical', range: '<1.2.6', via: [title] },
    mkdirp: { severity: 'critical', range: '0.4.1 - 0.5.1', via: ['minimist'] },
  };
  expect(describeAudit(report(found))).toEqual({
    lines: [
      'minimist <1.2.6: critical, Prototype pollution https://github.com/advisories/GHSA-1',
      'mkdirp 0.4.1 - 0.5.1: critical, by minimist',
      'checked 3 packages: 2 with advisories',
    ],
    exitCode: 1,
  });
});

describe('does not pass for checked', () => {
  test.each([
    ['nothing', '', 'npm audit printed no JSON'],
    ['a page', '<html></html>', 'npm audit printed no JSON'],
    ['an empty object', '{}', 'npm audit printed no report'],
    ['null', 'null', 'npm audit printed no report'],
    ['a refusal', '{"message":"405 Method Not Allowed","statusCode":405}', '405 Method Not Allowed'],
    ['no package', report({}, 0), 'npm audit printed no report'],
    ['no count', JSON.stringify({ vulnerabilities: {} }), 'npm audit printed no report'],
  ])('%s', (_what, text, reason) => {
    expect(describeAudit(text)).toEqual({ lines: [`not checked: ${reason}`], exitCode: 2 });
  });

  test('a registry that answers no audit', async () => {
    const server = createServer((_request, response) => response.writeHead(405).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const run = spawn(process.execPath, [join(import.meta.dirname, '..', '..', 'scripts', 'advisories.ts')], {
      env: { ...process.env, npm_config_registry: registry, npm_config_fetch_retries: '0' },
    });
    let output = '';
    run.stdout.on('data', (chunk) => (output += chunk));
    const [code] = await once(run, 'close');
    server.close();
    expect({ code, output }).toEqual({ code: 2, output: expect.stringMatching(/^not checked: .*405/) });
  });
});
