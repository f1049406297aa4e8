/** Files and folders as a crash finds them: what is in memory, and what has been made to last. */

export type Node = File | Folder;

/** One under way: it concerns what was there when it began. */
export interface Sync {
  succeed(): void;
  /** The system has given up what it could not write, and takes it for written from then on. */
  fail(): void;
}

/** What a file may hold after a crash; it only grows. */
interface Content {
  bytes: Uint8Array;
  /** So many of the first bytes are there then. */
  lasting: number;
  /** Where a sync failed: no later one makes these last. */
  readonly doubtful: { readonly from: number; readonly to: number }[];
  /** A sync failed that was to put it in the place of those before: no later one does. */
  stuck: boolean;
}

/** An inode: names come and go without it. */
export class File {
  /**
   * The last is what it holds. Those before, from which bytes were taken away or replaced, a crash may bring back until
   * a sync.
   */
  private contents: Content[] = [nothing()];

  /** As it reads. */
  get bytes(): Uint8Array {
    return this.content.bytes;
  }

  truncate(): void {
    const { bytes, stuck } = this.content;
    if (bytes.length > 0 || stuck) this.contents.push(nothing());
  }

  /** Zeros fill what lies between the file's end and `at`. */
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

  /** What it certainly begins with after a crash. */
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

/** Blocks reach the disk in any order: what was not synced is gone, there, cut off, or reads as zeros somewhere. */
function torn(bytes: Uint8Array, lasting: number, random: () => number): Uint8Array {
  const place = (): number => lasting + Math.floor(random() * (bytes.length - lasting + 1));
  const outcome = random();
  if (outcome < 0.3) return bytes.slice(0, lasting);
  if (outcome < 0.5) return bytes.slice();
  if (outcome < 0.75) return bytes.slice(0, place());
  return bytes.slice().fill(0, place(), outcome < 0.9 ? bytes.length : place());
}

/** What one operation does to a folder: all of it survives a crash, or nothing. */
interface Change {
  /** Undefined: the name goes. */
  readonly names: ReadonlyMap<string, Node | undefined>;
  /** A sync failed after it: no later one makes it last. */
  doubtful: boolean;
}

export class Folder {
  /** Where it was put last: a folder has one place, a file as many as it has names. */
  private home: Folder | undefined;
  /** As it lists. */
  readonly entries = new Map<string, Node>();
  private lasting = new Map<string, Node>();
  /** Those that are not known to last, in the order of time. */
  private changes: Change[] = [];

  /** One operation on these names. */
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

  /** What a name may stand for after a crash; undefined among it: it may be gone. */
  after(name: string): Set<Node | undefined> {
    const changed = this.changes.filter(({ names }) => names.has(name)).map(({ names }) => names.get(name));
    return new Set([this.lasting.get(name), ...changed]);
  }

  /** The names that certainly are there after a crash. */
  get certain(): string[] {
    return [...this.lasting.keys()].filter((name) => !this.after(name).has(undefined));
  }

  /**
   * Power fails under this folder and all in it. Of each folder's changes the first few survive, of the doubtful ones
   * any. A folder that was moved and is then found at both places stays at one: the new one, if that can be reached.
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

  /** What is doubtful about a name no longer counts then; doubtful changes are older than any others. */
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

/** Where a folder is found after a crash. */
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
