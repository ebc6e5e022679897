import { type Json, stringifyJson } from './json.ts';

const PIECE_BYTES = 1024 * 1024;
/** No UTF-16 code unit takes more bytes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** Writes JSON as UTF-8, object by object and member by member. It encodes each text at once instead of joining them,
 * because V8 is slow to free long texts. */
export class PieceWriter {
  readonly #pieces: Uint8Array[] = [];
  #piece = Buffer.allocUnsafe(PIECE_BYTES);
  #usedBytes = 0;
  #separator = '';

  /** Begins an object. */
  open(): void {
    this.write('{');
    this.#separator = '';
  }

  /** Begins a member; its value follows. */
  writeName(name: string): void {
    this.write(`${this.#separator}${JSON.stringify(name)}:`);
    this.#separator = ',';
  }

  writeMember(name: string, value: Json): void {
    this.writeName(name);
    this.write(stringifyJson(value));
  }

  /** Ends an object. */
  close(): void {
    this.write('}');
    this.#separator = ',';
  }

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
