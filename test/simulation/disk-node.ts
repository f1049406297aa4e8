/** Files and folders, with what is in memory and what is certain to survive a crash. */

export type Node = File | Folder;

/** A sync in progress. It covers what was there when it began. */
export interface Sync {
  succeed(): void;
  /** The system gives up what it could not write, and treats it as written from then on. */
  fail(): void;
}

/** The contents that a file may have after a crash; they only grow. */
interface Content {
  bytes: Uint8Array;
  /** The number of leading bytes that certainly survive. */
  lasting: number;
  /** Ranges whose sync failed; no later sync makes them last. */
  readonly doubtful: { readonly from: number; readonly to: number }[];
  /** The sync that was to replace the earlier contents failed; no later sync does that. */
  stuck: boolean;
}

/** An inode: names come and go independently of it. */
export class File {
  /**
   * The last entry is the current contents. The entries before it had bytes that were removed or replaced since; until
   * a sync, a crash may bring them back.
   */
  private contents: Content[] = [nothing()];

  /** The contents that a reader sees. */
  get bytes(): Uint8Array {
    return this.content.bytes;
  }

  truncate(): void {
    const { bytes, stuck } = this.content;
    if (bytes.length > 0 || stuck) this.contents.push(nothing());
  }

  /** Fills any gap between the file's end and `at` with zeros. */
  write(at: number, bytes: Uint8Array): void {
    const { content } = this;
    const written = new Uint8Array(Math.max(content.bytes.length, at + bytes.length));
    written.set(content.bytes);
    written.set(bytes, at);
    if (at >= content.bytes.length) content.bytes = written;
    else {
      const { lasting, doubtful } = content;
      this.contents.push({
        bytes: written,
        lasting: Math.min(lasting, at),
        doubtful: [...doubtful],
        stuck: false,
      });
    }
  }

  beginSync(): Sync {
    const { content } = this;
    const { length } = content.bytes;
    return {
      succeed: () => {
        const before = this.contents.indexOf(content);
        if (before < 0) return;
        content.lasting = Math.max(content.lasting, length);
        if (!content.stuck) this.contents.splice(0, before);
      },
      fail: () => {
        if (content.lasting < length) content.doubtful.push({ from: content.lasting, to: length });
        content.stuck ||= this.contents.indexOf(content) > 0;
      },
    };
  }

  /** The bytes that the file certainly begins with after a crash. */
  get certain(): Uint8Array {
    const { bytes, lasting, doubtful } = this.content;
    if (this.contents.length > 1) return nothing().bytes;
    return bytes.subarray(0, Math.min(lasting, ...doubtful.map(({ from }) => from)));
  }

  crash(random: () => number): void {
    const { bytes, lasting, doubtful } = this.contents[Math.floor(random() * this.contents.length)]!;
    const left = torn(bytes, lasting, random);
    for (const { from, to } of doubtful) if (random() < 0.5) left.fill(0, from, to);
    this.contents = [{ ...nothing(), bytes: left, lasting: left.length }];
  }

  private get content(): Content {
    return this.contents.at(-1)!;
  }
}

function nothing(): Content {
  return { bytes: new Uint8Array(0), lasting: 0, doubtful: [], stuck: false };
}

/** Blocks reach the disk in any order: bytes not synced may be gone, present, cut off, or zeros in places. */
function torn(bytes: Uint8Array, lasting: number, random: () => number): Uint8Array {
  const place = (): number => lasting + Math.floor(random() * (bytes.length - lasting + 1));
  const outcome = random();
  if (outcome < 0.3) return bytes.slice(0, lasting);
  if (outcome < 0.5) return bytes.slice();
  if (outcome < 0.75) return bytes.slice(0, place());
  return bytes.slice().fill(0, place(), outcome < 0.9 ? bytes.length : place());
}

/** The effect of one operation on a folder. It survives a crash completely, or not at all. */
interface Change {
  /** Undefined if the name is removed. */
  readonly names: ReadonlyMap<string, Node | undefined>;
  /** A sync after it failed; no later sync makes it last. */
  doubtful: boolean;
}

export class Folder {
  /** Where the folder was put last: a folder has one place, whereas a file has as many as names. */
  private home: Folder | undefined;
  /** The entries that a reader sees. */
  readonly entries = new Map<string, Node>();
  private lasting = new Map<string, Node>();
  /** Changes that are not known to last, oldest first. */
  private changes: Change[] = [];

  /** Applies one operation to these names. */
  change(...names: readonly (readonly [string, Node | undefined])[]): void {
    const change = { names: new Map(names), doubtful: false };
    put(this.entries, change.names);
    for (const [, node] of names) if (node instanceof Folder) node.home = this;
    this.changes.push(change);
  }

  beginSync(): Sync {
    const begun = new Set(this.changes);
    return {
      succeed: () => this.settle(this.changes.filter((change) => begun.has(change) && !change.doubtful)),
      fail: () => {
        for (const change of begun) change.doubtful = true;
      },
    };
  }

  /** What a name may lead to after a crash; includes undefined if the name may be gone. */
  after(name: string): Set<Node | undefined> {
    const changed = this.changes.filter(({ names }) => names.has(name)).map(({ names }) => names.get(name));
    return new Set([this.lasting.get(name), ...changed]);
  }

  /** The names that certainly exist after a crash. */
  get certain(): string[] {
    return [...this.lasting.keys()].filter((name) => !this.after(name).has(undefined));
  }

  /**
   * Cuts the power for this folder and everything in it. Of each folder's changes the first few survive, and any of the
   * doubtful ones. A folder that was moved and is found at both places stays at one: the new one, if it can be reached.
   */
  crash(random: () => number): void {
    const seen = new Set<Node>([this]);
    const places: Place[] = [];
    const strays: Place[] = [];
    const enter = (folder: Folder): void => {
      folder.lose(random);
      for (const [name, node] of folder.entries) {
        if (node instanceof Folder) (node.home === folder ? places : strays).push({ folder, name, node });
        else if (!seen.has(node)) node.crash(random);
        if (node instanceof File) seen.add(node);
      }
    };
    enter(this);
    const next = () => places.pop() ?? strays.pop();
    for (let place = next(); place; place = next()) {
      const { folder, name, node } = place;
      if (seen.has(node)) folder.drop(name);
      else {
        seen.add(node);
        node.home = folder;
        enter(node);
      }
    }
  }

  /**
   * Applies changes for good. Doubtful changes to the same names no longer count, since they are older than all others.
   */
  private settle(done: readonly Change[]): void {
    for (const { names } of done) put(this.lasting, names);
    const settled = new Set(done.flatMap(({ names }) => [...names.keys()]));
    this.changes = this.changes
      .filter((change) => !done.includes(change))
      .map((change) => (change.doubtful ? without(change, settled) : change))
      .filter(({ names }) => names.size > 0);
  }

  private lose(random: () => number): void {
    const survivors = Math.floor(random() * (this.changes.length + 1));
    this.changes.forEach(({ names, doubtful }, index) => {
      if (doubtful ? random() >= 0.5 : index < survivors) put(this.lasting, names);
    });
    this.changes = [];
    this.entries.clear();
    put(this.entries, this.lasting);
  }

  private drop(name: string): void {
    this.entries.delete(name);
    this.lasting.delete(name);
  }
}

/** A place where a folder is found after a crash. */
interface Place {
  readonly folder: Folder;
  readonly name: string;
  readonly node: Folder;
}

function without({ names, doubtful }: Change, settled: ReadonlySet<string>): Change {
  return { names: new Map([...names].filter(([name]) => !settled.has(name))), doubtful };
}

function put(entries: Map<string, Node>, names: ReadonlyMap<string, Node | undefined>): void {
  for (const [name, node] of names) {
    if (node) entries.set(name, node);
    else entries.delete(name);
  }
}
