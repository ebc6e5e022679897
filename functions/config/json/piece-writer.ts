const PIECE_BYTES = 1024 * 1024;
/** No UTF-16 code unit takes more bytes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** Collects text as UTF-8. It encodes each text at once instead of joining them, because V8 is slow to free long
 * texts. */
export class PieceWriter {
  readonly #pieces: Uint8Array[] = [];
  #piece = Buffer.allocUnsafe(PIECE_BYTES);
  #usedBytes = 0;

  write(text: string): void {
    if (text.length * MAX_BYTES_PER_UNIT > PIECE_BYTES - this.#usedBytes) {
      const sizeBytes = Buffer.byteLength(text);
      if (sizeBytes > PIECE_BYTES - this.#usedBytes) this.#next(sizeBytes);
    }
    this.#usedBytes += this.#piece.write(text, this.#usedBytes, 'utf8');
  }

  end(): readonly Uint8Array[] {
    this.#pieces.push(this.#piece.subarray(0, this.#usedBytes));
    return this.#pieces;
  }

  #next(sizeBytes: number): void {
    this.#pieces.push(this.#piece.subarray(0, this.#usedBytes));
    this.#piece = Buffer.allocUnsafe(Math.max(sizeBytes, PIECE_BYTES));
    this.#usedBytes = 0;
  }
}
