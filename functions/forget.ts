/** Give the memory of bytes back at once. The garbage collector does not feel their weight, and comes late: of a large export
 * two copies more than needed would be in memory until then.
 * @param bytes that nobody else uses, also no other view of the same memory; empty afterwards */
export function forget(bytes: Buffer): void {
  // Small ones share memory with others.
  if (bytes.byteLength > Buffer.poolSize) (bytes.buffer as ArrayBuffer).transfer(0);
}
