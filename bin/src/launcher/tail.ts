/** The last lines that a process wrote, for when it dies. */

const linesMax = 40;
const characterMax = 2000;

export class Tail {
  private lines: string[] = [];
  private rest = "";

  /** @returns the lines that this completes */
  push(text: string): string[] {
    const [first = "", ...others] = (this.rest + text).split("\n");
    const all = [first, ...others];
    this.rest = (all.pop() ?? "").slice(-characterMax);
    const complete = all.map((line) => line.slice(0, characterMax)).filter((line) => line.trim() !== "");
    this.lines = [...this.lines, ...complete].slice(-linesMax);
    return complete;
  }

  /** For people: of a log line its message and what is said beside it. */
  text(): string {
    const last = this.rest.trim() === "" ? [] : [this.rest];
    return [...this.lines, ...last].map((line) => `  ${plainLine(line)}`).join("\n");
  }
}

/** A JSON log line in words; any other line as it is. */
export function plainLine(line: string): string {
  if (!line.startsWith("{")) return line;
  try {
    const {
      level,
      message,
      time: _time,
      service: _service,
      ...fields
    } = JSON.parse(line) as Record<string, unknown>;
    if (typeof message !== "string") return line;
    const beside = Object.entries(fields).map(([name, value]) => `${name}: ${fieldText(value)}`);
    return [`${String(level)}: ${message}`, ...beside].join("; ");
  } catch {
    return line;
  }
}

/** What a log line of level error says: its message and its error's; undefined for every other line. */
export function errorText(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, message, error } = JSON.parse(line) as Record<string, unknown>;
    if (level !== "error" || typeof message !== "string") return undefined;
    return error === undefined ? message : `${message}: ${fieldText(error)}`;
  } catch {
    return undefined;
  }
}

/** An error is its message: its stack is in run.log. */
function fieldText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object" && "message" in value) return String(value.message);
  return JSON.stringify(value);
}
