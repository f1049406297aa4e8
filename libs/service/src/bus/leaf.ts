/** A network within one process that is part of another process's network. */

import type { Socket } from "node:net";
import { Packet } from "@memnet/protocol";
import { type Leaving, MemoryNetwork, type Terminal } from "./memory.ts";
import type { Route } from "./router.ts";
import { empty, type Got, opened, read, type Sent, writerOn } from "./socket.ts";

/**
 * Joins the network that another process serves, with a network of its own for several actors: see LeafNetwork.
 *
 * @throws the system's error if no process serves the socket
 */
export async function joinAsLeaf(path: string): Promise<LeafNetwork> {
  return new LeafNetwork(await opened(path));
}

/**
 * The network of one process within that of another. Actors of this process exchange messages in memory, and reach the
 * other network's actors through the socket: a message goes there if no subscriber here listens, or if it is for all actors.
 */
export class LeafNetwork extends MemoryNetwork implements AsyncDisposable {
  /** Resolves once the connection is lost; the actors here are then on their own. */
  readonly lost: Promise<void>;
  private readonly socket: Socket;
  private readonly write: (sent: Sent, body?: Uint8Array) => void;
  /** The subscriptions here by the names that the other process knows them by. */
  private readonly routes = new Map<string, Route<Terminal>>();
  private readonly sids = new Map<Route<Terminal>, string>();
  private nextSid = 0;

  constructor(socket: Socket) {
    super();
    this.socket = socket;
    this.write = writerOn<Sent>(socket);
    this.lost = new Promise((resolve) => socket.once("close", () => resolve()));
    read<Got>(socket, (got, body) => {
      if (got.op === "unheard") return this.reportUnheard(got.reply, Packet.received(empty));
      const route = this.routes.get(got.sid);
      if (route) route.owner.deliver(route.sid, got.subject, Packet.received(body), got.reply);
    });
  }

  override add(route: Route<Terminal>): void {
    super.add(route);
    const sid = String(this.nextSid++);
    this.routes.set(sid, route);
    this.sids.set(route, sid);
    const { subject, queue } = route;
    this.write({ op: "subscribe", sid, subject, ...(queue !== undefined && { queue }) });
  }

  override remove(route: Route<Terminal>): void {
    super.remove(route);
    const sid = this.sids.get(route);
    if (sid === undefined) return;
    this.sids.delete(route);
    this.routes.delete(sid);
    this.write({ op: "unsubscribe", sid });
  }

  protected override leave({ subject, packet, reply }: Leaving): void {
    this.write(
      { op: "publish", subject, ...(reply !== undefined && { reply }), fromLeaf: true },
      packet.bytes,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.end();
    await this.lost;
  }
}
