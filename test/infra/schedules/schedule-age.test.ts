import { describe, expect, it } from 'vitest';
import { freshWithinHours, longestPause, runsPerMonth } from '../../../infra/schedules/schedule-age.ts';

const TODAY = new Date('2026-11-30T12:00:00Z');
const UTC = 'Etc/UTC';

describe('freshWithinHours', () => {
  it.each([
    ['cron(0 2 * * ? *)', 24],
    ['cron(30 0,12 * * ? *)', 12],
    ['cron(0 8-18 * * ? *)', 14],
    ['cron(0 */6 * * ? *)', 6],
    ['cron(0 5/7 * * ? *)', 10],
    ['cron(0 20-2 * * ? *)', 18],
    ['cron(0/30 22-0,12 * * ? *)', 11.5],
    ['cron(0 * * * ? *)', 1],
    ['cron(0 4 ? * SUN *)', 7 * 24],
    ['cron(0 4 ? * L *)', 7 * 24],
    ['cron(0 4 ? * MON-FRI *)', 3 * 24],
    ['cron(0 4 ? * 1#1 *)', 35 * 24],
    ['cron(0 4 ? * SUN#5 *)', 119 * 24],
    ['cron(0 4 ? * FRIL *)', 35 * 24],
    ['cron(0 4 ? FEB SUN#5 *)', 28 * 365.25 * 24],
    ['cron(0 4 1 * ? *)', 31 * 24],
    ['cron(0 4 L * ? *)', 31 * 24],
    ['cron(0 4 1W * ? *)', 33 * 24],
    ['cron(0 4 LW * ? *)', 33 * 24],
    ['cron(0 4 29 * ? *)', 59 * 24],
    ['cron(0 4 30 * ? *)', 60 * 24],
    ['cron(0 4 31 * ? *)', 61 * 24],
    ['cron(0 4 1 1 ? *)', 366 * 24],
    ['cron(0 4 29 2 ? *)', (4 * 365 + 1) * 24],
    ['cron(0 4 1 JAN,JUL ? *)', 184 * 24],
    ['cron(0 4 * * ? 2026-2030)', 24],
    ['cron(0 4 1 1 ? 2027/3)', (3 * 365 + 1) * 24],
    ['rate(30 minutes)', 0.5],
    ['rate(6 hours)', 6],
    ['rate(1 day)', 24],
  ])('is the longest pause of %s, %s hours, and 2', (expression, hours) => {
    expect(freshWithinHours({ expression, timeZone: UTC }, TODAY)).toBe(Math.ceil(hours) + 2);
  });

  it.each(['at(2026-01-31T02:00:00)', 'cron(0 2 1 1 ? 2027)'])(
    'is unknown for %s, which fires once',
    (expression) => {
      expect(freshWithinHours({ expression, timeZone: UTC }, TODAY)).toBeNull();
    },
  );

  it.each([
    [59, 26],
    [60, 27],
    [1440, 50],
  ])('allows for a flexible window of %s minutes', (flexibleWindowMinutes, hours) => {
    const nightly = { expression: 'cron(0 2 * * ? *)', timeZone: UTC };
    expect(freshWithinHours({ ...nightly, flexibleWindowMinutes }, TODAY)).toBe(hours);
  });
});

describe('longestPause', () => {
  const pauseIn = (timeZone: string, expression: string) => {
    const pause = longestPause({ expression, timeZone }, TODAY);
    const text = (wall: number) => new Date(wall).toISOString().slice(0, 16).replace('T', ' ');
    const { wall = 0, better = 0 } = pause?.skip ?? {};
    return [pause?.hours, pause?.skip ? text(wall) : null, pause?.skip ? text(better).slice(11) : null];
  };

  it.each([
    ['Europe/Berlin', 'cron(0 2 * * ? *)', 47, '2027-03-28 02:00', '03:00'],
    ['Europe/Berlin', 'cron(59 2 * * ? *)', 47, '2027-03-28 02:59', '03:59'],
    ['Europe/Berlin', 'cron(30 2 ? * SUN *)', 335, '2027-03-28 02:30', '03:30'],
    ['Europe/Berlin', 'cron(0 2,14 * * ? *)', 23, '2027-03-28 02:00', '03:00'],
    ['America/New_York', 'cron(30 2 * * ? *)', 47, '2027-03-14 02:30', '03:30'],
    ['Africa/Cairo', 'cron(0 0 * * ? *)', 47, '2027-04-30 00:00', '01:00'],
    ['Asia/Beirut', 'cron(0 0 * * ? *)', 47, '2027-03-28 00:00', '01:00'],
    ['America/Santiago', 'cron(0 0 * * ? *)', 47, '2027-09-05 00:00', '01:00'],
    ['Australia/Lord_Howe', 'cron(15 2 * * ? *)', 47.5, '2027-10-03 02:15', '02:45'],
  ])('in %s, %s skips a run: %s h', (timeZone, expression, hours, skipped, better) => {
    expect(pauseIn(timeZone, expression)).toEqual([hours, skipped, better]);
  });

  it.each([
    ['an hour that exists', 'Europe/Berlin', 'cron(0 3 * * ? *)', 25],
    ['the hour before', 'Europe/Berlin', 'cron(59 1 * * ? *)', 25],
    ['half an hour that exists', 'Australia/Lord_Howe', 'cron(30 2 * * ? *)', 24.5],
    ['working days', 'Europe/Berlin', 'cron(30 2 ? * MON-FRI *)', 73],
    ['every quarter of an hour', 'Europe/Berlin', 'cron(0/15 * * * ? *)', 1.25],
    ['neighbouring hours', 'Europe/Berlin', 'cron(0 1-3 * * ? *)', 22],
    ['a zone without summer time', 'Asia/Kolkata', 'cron(30 2 * * ? *)', 24],
    ['a rate', 'Europe/Berlin', 'rate(1 day)', 24],
  ])('skips no run that matters at %s', (_, timeZone, expression, hours) => {
    expect(pauseIn(timeZone, expression)).toEqual([hours, null, null]);
  });
});

describe('runsPerMonth', () => {
  it.each([
    ['cron(0 2 * * ? *)', 30],
    ['cron(0 2 ? * SUN *)', 5],
    ['cron(0 2 1 * ? *)', 1],
    ['rate(12 hours)', 60],
    ['at(2026-01-31T02:00:00)', 1],
  ])('of %s is %s', (expression, runs) => {
    expect(runsPerMonth(expression, TODAY)).toBe(runs);
  });
});
