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
