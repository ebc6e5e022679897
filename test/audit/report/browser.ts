import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import puppeteer, { type Browser } from 'puppeteer-core';

/** Where the browsers of Debian and its relatives are. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const found = (): string | undefined => PLACES.find((place) => existsSync(place));

const run = (...args: string[]): { status: number | null; output: string } => {
  process.stderr.write(`${args.join(' ')}\n`);
  const { status, stdout, stderr, error } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return { status, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` };
};

/** Find Chromium, or install it where this may be done: as root on Debian and its relatives.
 * @returns its path
 * @throws Error what to install */
export function ensureChromium(): string {
  const present = found();
  if (present !== undefined) return present;
  const advice = 'the report is looked at in a real browser: install Chromium (apt-get install chromium)';
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(advice);
  process.stderr.write('Chromium is missing: installing it, this once\n');
  run('update', '--quiet');
  const { status, output } = run('install', '--yes', '--quiet', '--no-install-recommends', 'chromium');
  const installed = found();
  if (status !== 0 || installed === undefined) {
    throw new Error(`${advice}; apt-get said: ${output.trim().split('\n').slice(-3).join(' ')}`);
  }
  return installed;
}

/** Start it without a window. */
export const startBrowser = (): Promise<Browser> =>
  puppeteer.launch({
    executablePath: ensureChromium(),
    // Its sandbox does not work as root, and the only page is our own.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'],
    headless: true,
  });
