/** The systems that memnet is made for. */

const systems: ReadonlySet<string> = new Set(["linux", "darwin"]);
const processors: ReadonlySet<string> = new Set(["x64", "arm64"]);

export interface System {
  /** As process.platform says. */
  readonly platform: string;
  /** As process.arch says. */
  readonly arch: string;
}

/** Says why memnet may not work on a system, and what to do; null on a supported one. */
export function unsupported({ platform, arch }: System): { why: string; advice: string } | null {
  if (systems.has(platform) && processors.has(arch)) return null;
  const why = `memnet supports Linux and macOS on x86-64 and arm64, and this is ${platform} on ${arch}`;
  const advice = platform === "win32" ? "use WSL 2, which is a Linux" : "something may not work";
  return { why, advice };
}
