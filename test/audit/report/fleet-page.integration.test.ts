import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fleetPage } from '../../../functions/audit/report/fleet-page.ts';
import { startBrowser } from './browser.ts';
import { exampleFleet } from './example-fleet.ts';

/** The page in a real browser, from a file, as somebody opens it who was sent it. */

let browser: Browser;
let folder: string;
let url: string;
let page: Page;
/** What the page asked the network for, and what the browser had to say. */
let requests: string[];
let complaints: string[];

beforeAll(async () => {
  browser = await startBrowser();
  folder = await mkdtemp(join(tmpdir(), 'fleet-page-'));
  const file = join(folder, 'report.html');
  await writeFile(file, fleetPage(exampleFleet(50)));
  url = pathToFileURL(file).href;
}, 300_000);
afterAll(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true });
});

beforeEach(async () => {
  page = await browser.newPage();
  requests = [];
  complaints = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
});
afterEach(() => page.close());

const open = async (
  options: { width?: number; scheme?: 'light' | 'dark'; hash?: string } = {},
): Promise<void> => {
  const { width = 1280, scheme = 'light', hash = '' } = options;
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(url + hash);
};

/** What is asked of the page, as the browser's own script: this project knows no DOM. */
const ask = async <Answer>(script: string): Promise<Answer> =>
  (await page.evaluate(`(() => { ${script} })()`)) as Answer;

/** Contrast of each piece of text with what is behind it, as WCAG counts it; only those that are too weak.
 * @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
const weakContrasts = () =>
  ask<{ checked: number; weak: string[] }>(`
    const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
    const luminance = (color) => {
      const [r, g, b] = color.slice(0, 3).map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const color = parse(getComputedStyle(at).backgroundColor);
        if ((color[3] ?? 1) === 1) return color;
      }
      return [255, 255, 255];
    };
    const ratio = (a, b) => {
      const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
      return (light + 0.05) / (dark + 0.05);
    };
    for (const details of document.querySelectorAll('details')) details.open = true;
    const weak = new Set();
    let checked = 0;
    const judge = (element, style) => {
      checked++;
      const contrast = ratio(parse(style.color), behind(element));
      if (contrast < 4.5) weak.add(element.tagName + '.' + element.className + ' ' + contrast.toFixed(2));
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.textContent.trim() || element.closest('script,style,svg')) continue;
      judge(element, getComputedStyle(element));
    }
    for (const cell of document.querySelectorAll('.n.t,.n.l,.n.f,.n.b,.n.m,.n.o')) judge(cell, getComputedStyle(cell, '::before'));
    return { checked, weak: [...weak] };`);

/** What is wider than the screen must be inside of something that scrolls by itself. */
const overflow = () =>
  ask<{ page: number; outside: string[] }>(`
    return {
      page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      outside: [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .filter((element) => !element.closest('.scroll,.wide,.skip'))
        .map((element) => element.tagName + '.' + element.className)
        .slice(0, 5),
    };`);

const focused = () =>
  ask<string>(`
    const { activeElement: at } = document;
    return at.tagName + '.' + at.className + ' ' + (at.getAttribute('aria-label') ?? at.textContent);`);

const all = <Answer>(selector: string, of: string) =>
  ask<Answer[]>(`return [...document.querySelectorAll(${JSON.stringify(selector)})].map((it) => ${of});`);
const one = async <Answer>(selector: string, of: string): Promise<Answer> =>
  (await all<Answer>(selector, of))[0] as Answer;

describe('the report', () => {
  it('opens from a file, asks the network for nothing, and gives the browser no reason to complain', async () => {
    await open();
    expect(await page.title()).toBe('TenantBackup: backups of 2026-03-31');
    expect(await one('h1', 'it.textContent')).toContain('TenantBackup');
    expect(await all('.grid tbody tr', '1')).toHaveLength(50);
    expect(await all('.grid tbody tr:first-child td', '1')).toHaveLength(90);
    expect(requests).toEqual([url]);
    expect(complaints).toEqual([]);
  });

  it('would not be let, by its own policy, run or load anything else', async () => {
    await open();
    await ask(`
      const script = document.createElement('script');
      script.textContent = 'document.title = "taken over"';
      document.head.append(script);
      const picture = document.createElement('img');
      picture.src = 'https://picture.invalid/';
      document.body.append(picture);`);
    await page.evaluate('fetch("https://call.invalid/").catch(() => null)');
    expect(await page.title()).toBe('TenantBackup: backups of 2026-03-31');
    const refused = complaints.filter((text) => text.includes('Content Security Policy'));
    for (const what of ['inline script', 'picture.invalid', 'call.invalid']) {
      expect(
        refused.some((text) => text.includes(what)),
        what,
      ).toBe(true);
    }
  });

  it.each([320, 390, 768, 1280])('has nothing that sticks out of a screen of %i pixels', async (width) => {
    await open({ width });
    expect(await overflow()).toEqual({ page: 0, outside: [] });
    await ask('for (const it of [...document.querySelectorAll("details")].slice(0, 40)) it.open = true;');
    expect(await overflow()).toEqual({ page: 0, outside: [] });
  });

  it('shows the last night first on a narrow screen', async () => {
    await open({ width: 390 });
    const box = await one<{ left: number; right: number }>(
      '.grid tbody tr:first-child td:last-child',
      '({ left: it.getBoundingClientRect().left, right: it.getBoundingClientRect().right })',
    );
    expect(box.left).toBeGreaterThan(0);
    expect(box.right).toBeLessThanOrEqual(390);
  });

  it.each([
    ['light', 'rgb(246, 247, 249)'],
    ['dark', 'rgb(15, 20, 26)'],
  ] as const)(
    'can be read in a %s room: every text has a contrast of 4.5 at least',
    async (scheme, color) => {
      await open({ scheme });
      expect(await one('body', 'getComputedStyle(it).backgroundColor')).toBe(color);
      const { checked, weak } = await weakContrasts();
      expect(checked).toBeGreaterThan(5000);
      expect(weak).toEqual([]);
    },
  );

  it('is walked through by the keyboard: skip link, cells by arrows, and what a cell leads to unfolds', async () => {
    await open();
    await page.keyboard.press('Tab');
    expect(await focused()).toMatch(/^A\.skip Skip/);
    // One cell of the grid is a stop of the Tab key, and not four thousand.
    const stops = await all<string>('.grid a.n', 'it.tabIndex');
    expect(stops.length).toBeGreaterThan(4000);
    expect(stops.filter((stop) => Number(stop) >= 0)).toHaveLength(1);
    await page.focus('.grid a.n[tabindex="0"]');
    expect(await focused()).toMatch(/globex: 31 Mar, failed: AUTHENTICATION_REFUSED/);
    await page.keyboard.press('ArrowLeft');
    expect(await focused()).toMatch(/globex: 30 Mar/);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/(tyrell|initech): 30 Mar/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#t0[open] #t0-260331[open]');
    expect(await focused()).toMatch(/^SUMMARY/);
    await page.keyboard.press('Enter');
    expect(await one('#t0-260331', 'it.open')).toBe(false);
  });

  it('finds a tenant by a part of its name', async () => {
    await open();
    await page.type('.filter input', 'umbr');
    const shown = await all<string | null>(
      '.grid tbody tr',
      'it.getClientRects().length > 0 ? it.querySelector("th").textContent : null',
    );
    expect(shown.filter((name) => name !== null).sort()).toEqual([
      'umbrella',
      'umbrella-apac',
      'umbrella-eu',
      'umbrella-staging',
      'umbrella-us',
    ]);
  });

  it('unfolds what a link leads to where scripts are off, and hides what would need them', async () => {
    await page.setJavaScriptEnabled(false);
    await open({ hash: '#t0-260331' });
    expect(await (await page.$('.filter'))?.isVisible()).toBe(false);
    expect(await (await page.$('#t0-260331'))?.isVisible()).toBe(true);
    expect(await page.$$('.grid a.n')).not.toHaveLength(0);
  });
});
