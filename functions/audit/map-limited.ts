/** Work on items with a few at a time.
 * @param goOn asked before each item; once it says no, no further item is begun
 * @returns the results in the order of the items, as far as work was begun; the first failure ends it */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
  goOn: () => boolean = () => true,
): Promise<(Result | undefined)[]> {
  const results: (Result | undefined)[] = new Array(items.length).fill(undefined);
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (!goOn()) return;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** Admits work as long as all of it together stays within a limit, such as of memory. What is larger than the limit is
 * admitted alone. */
export class Budget {
  readonly #limit: number;
  #used = 0;
  readonly #waiting: { readonly size: number; readonly admit: () => void }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  async use<Result>(size: number, work: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((admit) => {
      this.#waiting.push({ size, admit });
      this.#admit();
    });
    try {
      return await work();
    } finally {
      this.#used -= size;
      this.#admit();
    }
  }

  /** In the order of arrival, so that what is large gets its turn. */
  #admit(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (!next || (this.#used > 0 && this.#used + next.size > this.#limit)) return;
      this.#waiting.shift();
      this.#used += next.size;
      next.admit();
    }
  }
}
