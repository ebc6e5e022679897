import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What happens to answers of a server, at a place in their bodies. */
export interface Fault {
  /** - `close`, `reset`: the connection ends there
   * - `stall`: nothing comes any more
   * - `flip`: the byte there arrives as another one */
  readonly kind: 'close' | 'reset' | 'stall' | 'flip';
  /** Bytes of the body that arrive before. */
  readonly afterBytes: number;
  /** Which requests, by their first line. */
  readonly of: RegExp;
  /** How many of them. */
  times: number;
}

export interface FaultProxy {
  readonly url: string;
  /** First lines of the requests that went through. */
  readonly requests: readonly string[];
  fail(fault: Fault): void;
  stop(): Promise<void>;
}

/** A TCP proxy before an HTTP server, which breaks connections as networks do: in the middle of a body. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let faults: Fault[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          client.destroy();
          upstream.destroy();
        });
    }
    let fault: Fault | undefined;
    /** The head of the answer, until it is whole; then null. */
    let head: Buffer | null = null;
    let sent = 0;
    client.on('data', (chunk) => {
      const [, line] =
        /^((?:GET|PUT|POST|HEAD|DELETE) \S+) HTTP\/1\.1\r\n/.exec(chunk.toString('latin1')) ?? [];
      if (line !== undefined) {
        requests.push(line);
        fault = faults.find(({ of, times }) => times > 0 && of.test(line));
        if (fault) fault.times--;
        head = Buffer.alloc(0);
        sent = 0;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (fault === undefined) return void client.write(chunk);
      let body: Buffer = chunk;
      if (head !== null) {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        client.write(head.subarray(0, end + 4));
        body = head.subarray(end + 4);
        head = null;
      }
      const at = fault.afterBytes - sent;
      sent += body.byteLength;
      if (at >= body.byteLength || at < 0) {
        if (at >= 0 || fault.kind === 'flip') client.write(body);
        return;
      }
      if (fault.kind === 'flip') {
        const flipped = Buffer.from(body);
        flipped.writeUInt8(flipped.readUInt8(at) ^ 0xff, at);
        client.write(flipped);
        return;
      }
      const { kind } = fault;
      client.write(body.subarray(0, at), () => {
        if (kind === 'close') client.destroy();
        if (kind === 'reset') client.resetAndDestroy();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (fault) => {
      faults = [fault];
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
