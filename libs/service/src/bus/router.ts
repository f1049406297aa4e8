/** Finds the subscribers of a subject, in a tree of subject tokens. Pure. */

/** One subscription; `Owner` is its subscriber. */
export interface Route<Owner> {
  readonly owner: Owner;
  readonly sid: string;
  readonly subject: string;
  readonly queue: string | undefined;
}

/** The subscriptions that match a subject: those without a queue, and the queue groups. */
interface Heard<Owner> {
  readonly single: readonly Route<Owner>[];
  readonly groups: readonly (readonly Route<Owner>[])[];
}

const knownMax = 256;

interface Node<Owner> {
  readonly children: Map<string, Node<Owner>>;
  readonly routes: Set<Route<Owner>>;
}

/** Matches subjects to subscriptions. `*` matches one token; a final `>` matches one or more. */
export class Router<Owner> {
  private readonly root: Node<Owner> = emptyNode();
  /** Matches of the subjects looked up before, until a subscription is added or removed. */
  private readonly known = new Map<string, Heard<Owner>>();
  private readonly random: () => number;

  /** @param random in [0, 1); picks the member of a queue group */
  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  add(route: Route<Owner>): void {
    this.known.clear();
    let node = this.root;
    for (const token of route.subject.split(".")) {
      let child = node.children.get(token);
      if (!child) {
        child = emptyNode();
        node.children.set(token, child);
      }
      node = child;
    }
    node.routes.add(route);
  }

  /** Removes a subscription, and the branches it leaves empty: inboxes come and go for as long as the process runs. */
  remove(route: Route<Owner>): void {
    this.known.clear();
    const tokens = route.subject.split(".");
    const path = [this.root];
    for (const token of tokens) {
      const child = path.at(-1)?.children.get(token);
      if (!child) return;
      path.push(child);
    }
    path.at(-1)?.routes.delete(route);
    for (let depth = tokens.length; depth > 0; depth -= 1) {
      const node = path[depth];
      if (!node || node.routes.size > 0 || node.children.size > 0) return;
      path[depth - 1]?.children.delete(tokens[depth - 1] ?? "");
    }
  }

  /** Returns the subscriptions that receive the subject: each one without a queue, and one of each queue group. */
  match(subject: string): Route<Owner>[] {
    const { single, groups } = this.heardBy(subject);
    const found = [...single];
    for (const group of groups) found.push(group[Math.floor(this.random() * group.length)]!);
    return found;
  }

  private heardBy(subject: string): Heard<Owner> {
    const known = this.known.get(subject);
    if (known) return known;
    const single: Route<Owner>[] = [];
    const groups = new Map<string, Route<Owner>[]>();
    collect(this.root, subject.split("."), 0, (route) => {
      if (route.queue === undefined) {
        single.push(route);
        return;
      }
      const group = groups.get(route.queue);
      if (group) group.push(route);
      else groups.set(route.queue, [route]);
    });
    const heard = { single, groups: [...groups.values()] };
    // Each request has its own inbox subject, so the number of subjects is unbounded.
    if (this.known.size >= knownMax) this.known.clear();
    this.known.set(subject, heard);
    return heard;
  }
}

function collect<Owner>(
  node: Node<Owner>,
  tokens: readonly string[],
  depth: number,
  take: (route: Route<Owner>) => void,
): void {
  const token = tokens[depth];
  if (token === undefined) {
    for (const route of node.routes) take(route);
    return;
  }
  const exact = node.children.get(token);
  if (exact) collect(exact, tokens, depth + 1, take);
  const one = node.children.get("*");
  if (one) collect(one, tokens, depth + 1, take);
  const rest = node.children.get(">");
  if (rest) for (const route of rest.routes) take(route);
}

function emptyNode<Owner>(): Node<Owner> {
  return { children: new Map(), routes: new Set() };
}
