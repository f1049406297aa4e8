/**
 * The names by which clients may address a server of this process, the page's or that of metrics. This check prevents
 * DNS rebinding: a foreign site whose name is made to resolve to this machine could otherwise read, in its visitor's
 * browser, whatever that visitor may read. Its requests carry the foreign name, so they are refused.
 */

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);
const address = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;
/**
 * Names outside any public domain: a single word, as Compose gives, or a name below a suffix of private networks, such
 * as Kubernetes' NAME.NAMESPACE.svc.
 */
const local = /^[a-z0-9_-]+$|\.(local|localhost|internal|home\.arpa|svc)$/;

/**
 * Returns a predicate for the names that are accepted.
 *
 * @param host where the server listens; on the loopback interface only that interface's names are accepted
 * @param own  further names, such as the machine's and those of a proxy in front of it
 */
export function namesOf(host: string, own: readonly string[]): (name: string) => boolean {
  const given = new Set(own.map((name) => name.toLowerCase()));
  if (/^(127\.|::1$|localhost$)/.test(host)) {
    return (name) => loopback.has(name) || name === host || given.has(name);
  }
  return (name) => address.test(name) || local.test(name) || given.has(name);
}

/** Returns a Host header without its port; an IPv6 address keeps its brackets. */
export function nameIn(header: string | undefined): string {
  return (header ?? "").replace(/:\d+$/, "").toLowerCase();
}
