/** Admits work while its total size stays within a limit, such as of memory. Work larger than the limit runs alone. */
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

  /** Admits work in order of arrival, so that large work is not starved. */
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
