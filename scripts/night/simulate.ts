import { ASSUMPTIONS as A } from './assumptions.ts';

/** A night to simulate. */
export interface Night {
  readonly tenants: number;
  /** Median time of one backup in the function, in seconds. */
  readonly backupSeconds: number;
  /** Lanes with their limits of tenants at a time; tenants are dealt out evenly. */
  readonly lanes: readonly { readonly maximumConcurrency: number }[];
  /** Requests a second that the SecureAuth host of each lane allows. */
  readonly hostRate: number;
  /** Part of the tries that fail and come back, 0 to 1. */
  readonly failing: number;
  readonly maxReceiveCount: number;
  readonly retryDelaySeconds: number;
}

export interface NightReport {
  /** Seconds from the schedule's time until everything was asked for, and until the last tenant was done. */
  readonly dispatchedSeconds: number;
  readonly lastSeconds: number;
  readonly done: number;
  /** Tenants that failed at every try. */
  readonly deadLetters: number;
  readonly peakConcurrency: number;
  /** For each thing that could hold up the night: seconds that the night would take if nothing else did, longest first. */
  readonly limits: readonly { readonly what: string; readonly seconds: number }[];
}

interface Waiting {
  readonly at: number;
  readonly deliveries: number;
}

/** Play a night, lane by lane: each lane works on as many requests at a time as Lambda lets it, no faster than its host allows.
 * @param random uniform in [0, 1) */
export function simulateNight(night: Night, random: () => number): NightReport {
  const dispatchedSeconds = dispatchSeconds(night.tenants);
  const share = Math.min(1, A.accountConcurrency / sum(night.lanes.map((lane) => lane.maximumConcurrency)));
  const lanes = night.lanes.map(({ maximumConcurrency }, index) =>
    playLane(night, Math.max(Math.floor(maximumConcurrency * share), 1), index, dispatchedSeconds, random),
  );
  return {
    dispatchedSeconds,
    lastSeconds: Math.max(...lanes.map(({ last }) => last)),
    done: sum(lanes.map(({ done }) => done)),
    deadLetters: sum(lanes.map(({ dead }) => dead)),
    peakConcurrency: sum(lanes.map(({ peak }) => peak)),
    limits: limitsOf(night, dispatchedSeconds, share),
  };
}

const dispatchSeconds = (tenants: number): number =>
  Math.ceil(tenants / A.listPage) * A.listSeconds +
  Math.ceil(tenants / A.sendBatch / A.sendsAtOnce) * A.sendSeconds;

function playLane(night: Night, maximum: number, index: number, dispatched: number, random: () => number) {
  const count = Math.ceil((night.tenants - index) / night.lanes.length);
  // Requests arrive evenly while dispatch sends them; those that failed come back later.
  const waiting = new Heap<Waiting>(({ at }) => at);
  for (let tenant = 0; tenant < count; tenant++) {
    waiting.push({ at: (dispatched * (tenant + 1)) / count, deliveries: 1 });
  }
  const running = new Heap<number>((end) => end);
  let [now, hostFreeAt, last, done, dead, peak] = [0, 0, 0, 0, 0, 0];
  for (let request = waiting.pop(); request !== undefined; request = waiting.pop()) {
    now = Math.max(now, request.at);
    for (;;) {
      for (let end = running.peek(); end !== undefined && end <= now; end = running.peek()) running.pop();
      if (running.size < Math.min(maximum, A.firstConcurrency + (A.addedPerMinute * now) / 60)) break;
      now = running.peek() ?? now;
    }
    // The host's bucket lets so many requests through; whoever is too early waits as Retry-After says.
    hostFreeAt = Math.max(hostFreeAt, now) + A.hostRequests / night.hostRate;
    const fails = random() < night.failing;
    const seconds = fails ? A.failingSeconds : night.backupSeconds * tail(random());
    const end = Math.max(hostFreeAt, now) + seconds;
    running.push(end);
    peak = Math.max(peak, running.size);
    last = Math.max(last, end);
    if (!fails) done++;
    else if (request.deliveries >= night.maxReceiveCount) dead++;
    else {
      const pause = night.retryDelaySeconds * 2 ** (request.deliveries - 1) * (1 + random() / 2);
      waiting.push({ at: end + pause, deliveries: request.deliveries + 1 });
    }
  }
  return { last, done, dead, peak };
}

/** Log-normal: half of the backups take longer than the median, one in a hundred `tailRatio` times as long. */
function tail(uniform: number): number {
  const sigma = Math.log(A.tailRatio) / 2.326;
  return Math.exp(sigma * normal(uniform));
}

/** The quantile of the logistic distribution of the same variance: within a few per cent of the normal one where it matters. */
const normal = (p: number): number =>
  (Math.log(Math.max(p, 1e-9) / Math.max(1 - p, 1e-9)) * Math.sqrt(3)) / Math.PI;

function limitsOf({ tenants, backupSeconds, lanes, hostRate }: Night, dispatched: number, share: number) {
  const concurrency = sum(lanes.map((lane) => Math.max(Math.floor(lane.maximumConcurrency * share), 1)));
  return [
    { what: 'asking for the backups', seconds: dispatched },
    {
      what: share < 1 ? 'concurrency of the account' : 'maximumConcurrency of the lanes',
      seconds: (tenants * backupSeconds) / concurrency,
    },
    {
      what: 'request rate of the SecureAuth hosts',
      seconds: (tenants * A.hostRequests) / (hostRate * lanes.length),
    },
    { what: 'request rate of KMS', seconds: (tenants * A.kmsCalls) / A.kmsRate },
    { what: 'request rate of Secrets Manager', seconds: tenants / A.secretsRate },
    { what: 'request rate of S3', seconds: (tenants * A.s3Puts) / A.s3Rate },
  ].toSorted((a, b) => b.seconds - a.seconds);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A binary heap: the smallest first. */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #rank: (item: Item) => number;

  constructor(rank: (item: Item) => number) {
    this.#rank = rank;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    let at = this.#items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBelow(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): Item | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (this.#items.length > 0 && last !== undefined) {
      this.#items[0] = last;
      for (let at = 0; ; ) {
        const children = [2 * at + 1, 2 * at + 2].filter((child) => child < this.#items.length);
        const least = children.reduce((best, child) => (this.#isBelow(child, best) ? child : best), at);
        if (least === at) break;
        this.#swap(at, least);
        at = least;
      }
    }
    return first;
  }

  #isBelow(a: number, b: number): boolean {
    return this.#rank(this.#items[a] as Item) < this.#rank(this.#items[b] as Item);
  }

  #swap(a: number, b: number): void {
    [this.#items[a], this.#items[b]] = [this.#items[b] as Item, this.#items[a] as Item];
  }
}
