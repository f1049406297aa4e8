/** Who hears a subject: subscriptions in a tree of subject tokens. Pure. */

/** One subscription; `Owner` is whoever hears it. */
export interface Route<Owner> {
  readonly owner: Owner;
  readonly sid: string;
  readonly subject: string;
  readonly queue: string | undefined;
}

/** Subscriptions without a queue, and queue groups. */
interface Heard<Owner> {
  readonly single: readonly Route<Owner>[];
  readonly groups: readonly (readonly Route<Owner>[])[];
}

const knownMax = 256;

interface Node<Owner> {
  readonly children: Map<string, Node<Owner>>;
  readonly routes: Set<Route<Owner>>;
}

/** `*` matches one token, `>` at the end one or more. */
export class Router<Owner> {
  readonly #root: Node<Owner> = emptyNode();
  /** Who hears a subject that was asked for before, until a subscription comes or goes. */
  readonly #known = new Map<string, Heard<Owner>>();
  readonly #random: () => number;

  /** @param random in [0, 1); picks the member of a queue group */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  add(route: Route<Owner>): void {
    this.#known.clear();
    let node = this.#root;
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

  /** Also takes away the branches that nobody needs any more: inboxes come and go for ever. */
  remove(route: Route<Owner>): void {
    this.#known.clear();
    const tokens = route.subject.split(".");
    const path = [this.#root];
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

  /**
   * All that hear the subject: each subscription without a queue, and one of each queue group.
   *
   * @param except leaves out an owner, who does not want its own messages back
   */
  match(subject: string, except?: Owner): Route<Owner>[] {
    const { single, groups } = this.#heardBy(subject);
    const wanted = ({ owner }: Route<Owner>) => owner !== except;
    const found = single.filter(wanted);
    for (const all of groups) {
      const group = all.filter(wanted);
      const chosen = group[Math.floor(this.#random() * group.length)];
      if (chosen) found.push(chosen);
    }
    return found;
  }

  #heardBy(subject: string): Heard<Owner> {
    const known = this.#known.get(subject);
    if (known) return known;
    const single: Route<Owner>[] = [];
    const groups = new Map<string, Route<Owner>[]>();
    collect(this.#root, subject.split("."), 0, (route) => {
      if (route.queue === undefined) {
        single.push(route);
        return;
      }
      const group = groups.get(route.queue);
      if (group) group.push(route);
      else groups.set(route.queue, [route]);
    });
    const heard = { single, groups: [...groups.values()] };
    // Each question has an inbox subject of its own.
    if (this.#known.size >= knownMax) this.#known.clear();
    this.#known.set(subject, heard);
    return heard;
  }
}

/** True where the pattern of a subscription matches the subject of a message. */
export function subjectMatches(pattern: string, subject: string): boolean {
  const tokens = subject.split(".");
  const wanted = pattern.split(".");
  for (const [index, token] of wanted.entries()) {
    if (token === ">" && index === wanted.length - 1) return tokens.length > index;
    if (index >= tokens.length || (token !== "*" && token !== tokens[index])) return false;
  }
  return wanted.length === tokens.length;
}

/** True for a subject that a message can have: tokens between dots, none empty, no wildcard. */
export function isSubject(subject: string): boolean {
  return subject.split(".").every((token) => token !== "" && token !== "*" && token !== ">");
}

/** True for a subject that one can subscribe to: `>` at the end only. */
export function isPattern(pattern: string): boolean {
  const tokens = pattern.split(".");
  return tokens.every((token, index) => token !== "" && (token !== ">" || index === tokens.length - 1));
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
