/** What the rules of secretlint report, a backup seals: an update of the package shows what `secret-texts.ts` lacks.
 * Secrets are made here at run time, so that no scanner takes this file for a leak. */
import { generateKeyPairSync } from 'node:crypto';
import { lintSource } from '@secretlint/core';
import { creator, rules } from '@secretlint/secretlint-rule-preset-recommend';
import { expect, it } from 'vitest';
import { looksLikeCredential } from '../../../functions/config/credentials/lookalike.ts';
import { type Random, randomOf } from './random-text.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  format: 'pem',
  type: 'pkcs8',
});

/** Forms of the secrets of each rule. */
const SAMPLES: Readonly<Record<string, readonly ((random: Random) => string)[]>> = {
  aws: [(r) => `AWS_SECRET_ACCESS_KEY = ${r(39)}7`, (r) => `"aws_secret_access_key": "${r(39)}7"`],
  gcp: [(r) => JSON.stringify({ type: 'service_account', private_key: pem, private_key_id: r(40, 'hex') })],
  privatekey: [() => String(pem)],
  npm: [(r) => `npm_${r(36)}`, (r) => `//registry.example/:_authToken=npm_${r(36)}`],
  basicauth: [
    (r) => `https://admin:${r(12)}@api.example.com/x`,
    (r) => `ftp://backup:${r(20)}@files.example.com`,
  ],
  slack: [
    (r) => `xoxb-${r(12, 'digits')}-${r(12, 'digits')}-${r(24)}`,
    (r) => `xoxp-${r(11, 'digits')}-${r(11, 'digits')}-${r(32, 'hex')}`,
    (r) => `xapp-1-${r(11, 'upper')}-${r(13, 'digits')}-${r(40, 'hex')}`,
    (r) => `https://hooks.slack.com/services/T${r(8, 'upper')}/B${r(8, 'upper')}/${r(24)}`,
  ],
  sendgrid: [(r) => `SG.${r(22)}.${r(43)}`],
  shopify: ['shppa', 'shpca', 'shpat', 'shpss'].map((prefix) => (r: Random) => `${prefix}_${r(32, 'hex')}`),
  stripe: ['sk_live', 'sk_test', 'rk_live', 'rk_test'].map((prefix) => (r: Random) => `${prefix}_${r(24)}`),
  github: [
    ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((prefix) => (r: Random) => `${prefix}_${r(36)}`),
    (r) => `github_pat_${r(22)}_${r(59)}`,
  ],
  gitlab: [(r) => `glpat-${r(20)}`, (r) => `glpat-${r(40)}`],
  grafana: [
    (r) => `glsa_${r(32)}_${r(8, 'hex')}`,
    (r) => `glc_${Buffer.from(JSON.stringify({ o: r(6), k: r(24) })).toString('base64')}`,
  ],
  openai: [(r) => `sk-${r(20)}T3BlbkFJ${r(20)}`, (r) => `sk-proj-${r(74)}T3BlbkFJ${r(74)}`],
  anthropic: [(r) => `sk-ant-api03-${r(93)}AA`],
  groq: [(r) => `gsk_${r(52)}`],
  huggingface: [(r) => `hf_${r(34, 'letters')}`],
  linear: [(r) => `lin_api_${r(40)}`],
  notion: [(r) => `ntn_${r(11, 'digits')}${r(35)}`],
  '1password': [(r) => `ops_${Buffer.from(JSON.stringify({ secretKey: r(102) })).toString('base64')}`],
  'database-connection-string': [
    (r) => `mongodb+srv://app:${r(16)}@cluster.example.com/shop`,
    (r) => `mysql://app:${r(16)}@db.example.com:3306/shop`,
    (r) => `postgresql://app:${r(16)}@db.example.com/shop?sslmode=require`,
  ],
  'hashicorp-vault': [(r) => `hvs.${r(95)}`, (r) => `hvb.${r(150)}`, (r) => `hvr.${r(95)}`],
  vercel: ['vcp', 'vci', 'vca', 'vcr', 'vck'].map((prefix) => (r: Random) => `${prefix}_${r(56)}`),
  databricks: [(r) => `dapi${r(32, 'hex')}`],
  docker: [(r) => `dckr_pat_${r(27)}`],
  figma: [(r) => `figd_${r(40)}`],
  cloudflare: ['cfk', 'cfut', 'cfat'].map((prefix) => (r: Random) => `${prefix}_${r(40)}${r(8, 'hex')}`),
  tailscale: [(r) => `tskey-auth-${r(12)}-${r(32)}`],
};

const lint = async (content: string): Promise<string[]> => {
  const config = { rules: [{ id: 'preset', rule: creator, rules: [] }] };
  const source = { content, filePath: 'x.json', ext: '.json', contentType: 'text' as const };
  const { messages } = await lintSource({ source, options: { config } });
  return messages.map(({ ruleId }) => ruleId.replace('@secretlint/secretlint-rule-', ''));
};

it('has samples for every rule of secretlint', () => {
  const ids = rules.map(({ meta }) => meta.id.replace('@secretlint/secretlint-rule-', ''));
  expect(Object.keys(SAMPLES).sort()).toEqual(ids.filter((id) => id !== 'filter-comments').sort());
});

it.each(Object.entries(SAMPLES))('seals what secretlint reports: %s', async (rule, samples) => {
  for (const [index, make] of samples.entries()) {
    const reported: string[] = [];
    for (let round = 0; round < 10; round++) {
      const secret = make(randomOf(`${rule} ${index} ${round}`));
      const rulesOfSecret = await lint(secret);
      reported.push(...rulesOfSecret);
      if (rulesOfSecret.length === 0) continue;
      for (const text of [secret, `call("${secret}")`, `first line\nsee ${secret}, as before`]) {
        expect(looksLikeCredential(undefined, text, false), text).toBe(true);
      }
    }
    expect(reported, `sample ${index}`).toContain(rule);
  }
});
