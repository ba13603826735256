import type { FastifyInstance } from 'fastify';

/** The listening server of one node. It may go away and come back at the same port. */
export class Listener {
  private server: FastifyInstance | undefined;
  private closing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly create: () => FastifyInstance,
    /** 0: a free one, and from then on that one. */
    private port: number,
  ) {}

  /** `https://127.0.0.1:PORT/` */
  async open(): Promise<string> {
    await this.closing;
    if (!this.server) {
      this.server = this.create();
      const address = await this.server.listen({ host: '127.0.0.1', port: this.port });
      this.port = Number(new URL(address).port);
    }
    return `https://127.0.0.1:${this.port}/`;
  }

  /** Ends all connections too. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) this.closing = server.close();
    await this.closing;
  }
}
