/** Reads an episode's safetensors file from the server, and derives its pictures. */

export interface Plane {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface EpisodeData {
  readonly tensors: Readonly<Record<string, Plane>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Number of time steps. */
  readonly times: number;
}

/** A picture with time running to the right. */
export interface Strip {
  readonly title: string;
  /** The name of one row, such as slot. */
  readonly rowName: string;
  /** Names of the single rows, if they have any. */
  readonly names?: readonly string[];
  readonly rows: number;
  readonly kind: "unit" | "signed";
  /** The largest magnitude. */
  readonly most: number;
  value(row: number, time: number): number;
}

/** A picture of one time. */
export interface Still {
  readonly title: string;
  /** Describes the rows and columns. */
  readonly about: string;
  readonly rows: number;
  readonly columns: number;
  readonly kind: "unit" | "signed";
  value(time: number, row: number, column: number): number;
  /** The largest magnitude over all times, so that colours mean the same at each. */
  readonly most: number;
}

/** Parses an episode. The tensors must be float32; nothing is checked, because the server wrote the file. */
export function readEpisode(file: ArrayBuffer): EpisodeData {
  const length = Number(new DataView(file).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const { __metadata__: metadata, ...named } = header as typeof header & {
    __metadata__: Record<string, string>;
  };
  const tensors = Object.fromEntries(
    Object.entries(named).map(
      ([
        name,
        {
          shape,
          data_offsets: [start, end],
        },
      ]) => [name, { shape, data: new Float32Array(file, 8 + length + start, (end - start) / 4) }],
    ),
  );
  return { tensors, metadata, times: tensors.mask!.shape[0]! };
}

/** Describes a strip's rows: `16 slots`, or `10 channels: 0–7, start, end`. */
export function rowsText({ rows, rowName, names = [] }: Strip): string {
  const count = `${rows} ${rowName}${rows === 1 ? "" : "s"}`;
  const numbered = names.findIndex((name, row) => name !== String(row));
  if (numbered < 0) return count;
  const bits = numbered > 1 ? [`0–${numbered - 1}`] : names.slice(0, numbered);
  return `${count}: ${[...bits, ...names.slice(numbered)].join(", ")}`;
}

/**
 * Returns the strips in the order of the papers' figures: input, target, output, error, then what the heads do. Without
 * a memory there are no heads.
 */
export function stripsOf({ tensors, metadata }: EpisodeData): Strip[] {
  const { input, output: outputs } = JSON.parse(metadata.channels!) as Record<string, string[]>;
  const { x, y, mask, logits } = tensors as Record<string, Plane>;
  const { writeWeights, readWeights, usage } = tensors;
  const strips: Strip[] = [
    { ...matrix("Input", "channel", x!, isUnit(x!) ? "unit" : "signed"), names: input! },
    { ...matrix("Target", "channel", y!, "unit"), names: outputs! },
    { ...matrix("Output", "channel", logits!, "unit"), names: outputs!, value: output },
    { ...matrix("Error", "channel", logits!, "unit"), names: outputs!, value: wrong },
    ...(writeWeights ? heads("Write weights", writeWeights) : []),
    ...(readWeights ? heads("Read weights", readWeights) : []),
  ];
  if (usage) strips.push(matrix("Usage", "slot", usage, "unit"));
  const gates = {
    allocationGate: "Allocation gate",
    writeGate: usage ? "Write gate" : "Write interpolation gate",
    readGate: "Read interpolation gate",
    freeGate: "Free gates",
  };
  for (const [name, title] of Object.entries(gates)) {
    const gate = tensors[name];
    if (gate) strips.push(matrix(title, "head", gate, "unit"));
  }
  const modes = tensors.readMode;
  if (modes) strips.push(...readModes(modes));
  return strips;

  /** The output is 0 where the mask is 0, because it does not count there. */
  function output(row: number, time: number): number {
    return mask!.data[time] === 1 ? 1 / (1 + Math.exp(-at(logits!, time, row))) : 0;
  }
  function wrong(row: number, time: number): number {
    return mask!.data[time] === 1 ? Math.abs(output(row, time) - at(y!, time, row)) : 0;
  }
}

export function stillsOf({ tensors }: EpisodeData): Still[] {
  const { memory, link } = tensors;
  if (!memory) return [];
  const stills = [square("Memory", memory, { offset: 0, kind: "signed" })];
  if (!link) return stills;
  const [, writes, slots] = link.shape as [number, number, number];
  for (let head = 0; head < writes; head++) {
    const title = writes > 1 ? `Links of write head ${head + 1}` : "Links";
    stills.push({
      ...square(title, link, { offset: head * slots * slots, kind: "unit" }),
    });
  }
  return stills;
}

/** Describes in words what the heads do at a time: each head's slot, and how sharply it is focused there. */
export function headsText({ tensors }: EpisodeData, time: number): string[] {
  return [...said("write", tensors.writeWeights), ...said("read", tensors.readWeights)];

  function said(kind: string, weights: Plane | undefined): string[] {
    if (!weights) return [];
    const { shape, data } = weights;
    const [, count, slots] = shape as [number, number, number];
    return Array.from({ length: count }, (_, head) => {
      const row = data.subarray((time * count + head) * slots, (time * count + head + 1) * slots);
      const slot = row.reduce((best, value, index) => (value > row[best]! ? index : best), 0);
      const name = count > 1 ? `${kind} head ${head + 1}` : `${kind} head`;
      return `${name}: slot ${slot + 1}, weight ${row[slot]!.toFixed(2)}`;
    });
  }
}

/** Whether all values are in [0, 1]; the inputs of a user's own task may have any size and sign. */
function isUnit({ data }: Plane): boolean {
  return data.every((value) => value >= 0 && value <= 1);
}

function largest({ data }: Pick<Plane, "data">): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function at({ shape, data }: Plane, time: number, row: number): number {
  return data[time * shape[1]! + row]!;
}

function matrix(title: string, rowName: string, plane: Plane, kind: "unit" | "signed"): Strip {
  const value = (row: number, time: number) => at(plane, time, row);
  return { title, rowName, rows: plane.shape[1]!, kind, most: largest(plane), value };
}

/** Returns one strip per head of [time, heads, slots]. */
function heads(title: string, { shape, data }: Plane): Strip[] {
  const [, count, slots] = shape as [number, number, number];
  return Array.from({ length: count }, (_, head) => ({
    title: count > 1 ? `${title}, head ${head + 1}` : title,
    rowName: "slot",
    rows: slots,
    kind: "unit" as const,
    most: 1,
    value: (row: number, time: number) => data[(time * count + head) * slots + row]!,
  }));
}

/**
 * Returns the strips of [time, heads, 2K + 1]: backward, forward and content, with a row for each head in each mode.
 */
function readModes({ shape, data }: Plane): Strip[] {
  const [, count, modes] = shape as [number, number, number];
  const writes = (modes - 1) / 2;
  const parts = [
    { title: "Read mode: backward", from: 0, width: writes },
    { title: "Read mode: forward", from: writes, width: writes },
    { title: "Read mode: content", from: 2 * writes, width: 1 },
  ];
  return parts.map(({ title, from, width }) => ({
    title,
    rowName: width > 1 ? "read head, write head" : "read head",
    rows: count * width,
    kind: "unit" as const,
    most: 1,
    value: (row: number, time: number) =>
      data[(time * count + Math.floor(row / width)) * modes + from + (row % width)]!,
  }));
}

function square(
  title: string,
  { shape, data }: Plane,
  { offset, kind }: { offset: number; kind: Still["kind"] },
): Still {
  const perTime = shape.slice(1).reduce((product, size) => product * size, 1);
  const [rows, columns] = shape.slice(-2) as [number, number];
  // In a link matrix, the row of each slot says after which slot it was written.
  const about = kind === "unit" ? `${rows} slots by ${columns}` : `${rows} slots, width ${columns}`;
  const value = (time: number, row: number, column: number) =>
    data[time * perTime + offset + row * columns + column]!;
  return { title, about, rows, columns, kind, value, most: largest({ data }) };
}
