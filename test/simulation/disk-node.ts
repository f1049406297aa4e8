/** Files and folders as a crash finds them: what is in memory, and what has been made to last. */

export type Node = File | Folder;

/** An inode: names come and go without it. */
export class File {
  /** As it reads. */
  bytes: Uint8Array = new Uint8Array(0);
  /** What lasts. */
  private lasting: Uint8Array = new Uint8Array(0);
  /** A sync failed: what was written until then may be lost though later ones succeed. */
  private doubtful = false;

  sync(): void {
    if (!this.doubtful) this.lasting = this.bytes;
  }

  failSync(): void {
    this.doubtful = true;
  }

  /** What certainly reads so after a crash: all of it, or its beginning; undefined where nothing is certain. */
  get certain(): Uint8Array | undefined {
    const bytes = this.bytes;
    const lasting = this.lasting;
    const grown = bytes.length >= lasting.length && lasting.every((byte, index) => byte === bytes[index]);
    return grown ? lasting : undefined;
  }

  /** What was not synced is lost, whole, or torn: cut off, or with zeros where blocks were not written. */
  crash(random: () => number): void {
    const bytes = this.bytes;
    const lasting = this.lasting;
    const outcome = random();
    if (outcome < 0.35) this.bytes = lasting;
    else if (outcome < 0.75 && bytes !== lasting) {
      const kept = this.certain ? lasting.length : 0;
      const cut = kept + Math.floor(random() * (bytes.length - kept + 1));
      const torn = bytes.slice(0, outcome < 0.6 ? cut : bytes.length);
      this.bytes = torn.fill(0, cut);
    }
    this.lasting = this.bytes;
    this.doubtful = false;
  }
}

/** A name's change that is not known to last. */
interface Change {
  readonly name: string;
  /** Undefined: the name goes. */
  readonly node: Node | undefined;
  /** A sync failed after it: no later one makes it last. */
  doubtful: boolean;
}

export class Folder {
  /** Where it was put last: a folder has one place. */
  private home: Folder | undefined;
  /** As it lists. */
  readonly entries = new Map<string, Node>();
  private lasting = new Map<string, Node>();
  /** In the order of time. */
  private changes: Change[] = [];

  set(name: string, node: Node | undefined): void {
    put(this.entries, name, node);
    if (node instanceof Folder) node.home = this;
    this.changes.push({ name, node, doubtful: false });
  }

  sync(): void {
    const done = this.changes.filter(({ doubtful }) => !doubtful);
    for (const { name, node } of done) put(this.lasting, name, node);
    const names = new Set(done.map(({ name }) => name));
    this.changes = this.changes.filter(({ name }) => !names.has(name));
  }

  failSync(): void {
    for (const change of this.changes) change.doubtful = true;
  }

  /** What a name may stand for after a crash; undefined among it: it may be gone. */
  after(name: string): Set<Node | undefined> {
    const changed = this.changes.filter((change) => change.name === name).map(({ node }) => node);
    return new Set([this.lasting.get(name), ...changed]);
  }

  /** The names that certainly are there after a crash. */
  get certain(): string[] {
    return [...this.lasting.keys()].filter((name) => !this.after(name).has(undefined));
  }

  /** Of the changes the first few survive; of the doubtful ones any. */
  crash(random: () => number): void {
    const survivors = Math.floor(random() * (this.changes.length + 1));
    this.changes.forEach(({ name, node, doubtful }, index) => {
      if (doubtful ? random() < 0.5 : index < survivors) put(this.lasting, name, node);
    });
    this.changes = [];
    this.entries.clear();
    for (const [name, node] of this.lasting) this.entries.set(name, node);
    for (const node of this.entries.values()) node.crash(random);
  }

  /** After a crash: of a folder that was moved and is found at both places, the old one goes. */
  dropMoved(): void {
    const all = [...this.folders()];
    for (const { parent, name, folder } of all) {
      const atHome = all.some((other) => other.folder === folder && other.parent === folder.home);
      if (!atHome || parent === folder.home) continue;
      parent.entries.delete(name);
      parent.lasting.delete(name);
    }
  }

  private *folders(): Generator<{ parent: Folder; name: string; folder: Folder }> {
    for (const [name, folder] of this.entries) {
      if (!(folder instanceof Folder)) continue;
      yield { parent: this, name, folder };
      yield* folder.folders();
    }
  }
}

function put(entries: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node) entries.set(name, node);
  else entries.delete(name);
}
