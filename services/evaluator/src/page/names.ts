/**
 * The names that a browser may know the page's server by. A site elsewhere whose name is made to mean this machine would
 * otherwise read here, in its visitor's browser, what that visitor may read; and it is by that name that it asks.
 */

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);
const address = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;
/** Of no domain that anybody could have: one word, or below what is reserved for networks of one's own. */
const local = /^[a-z0-9_-]+$|\.(local|localhost|internal|home\.arpa)$/;

/**
 * @param host where the server listens: on the loopback interface it has that interface's names alone
 * @param own  further names, such as the machine's and those of a proxy before it
 */
export function namesOf(host: string, own: readonly string[]): (name: string) => boolean {
  const given = new Set(own.map((name) => name.toLowerCase()));
  if (/^(127\.|::1$|localhost$)/.test(host)) {
    return (name) => loopback.has(name) || name === host || given.has(name);
  }
  return (name) => address.test(name) || local.test(name) || given.has(name);
}

/** A Host header without its port; an IPv6 address keeps its brackets. */
export function nameIn(header: string | undefined): string {
  return (header ?? "").replace(/:\d+$/, "").toLowerCase();
}
