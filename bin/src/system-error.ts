/** What the system says of a file or a folder, in words. */

const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not use it",
  EEXIST: "something else has that name",
  EISDIR: "it is a folder",
  ELOOP: "its links lead in a circle",
  EMFILE: "this process has too many files open",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "there is no file or folder of that name",
  ENOSPC: "the disk is full",
  ENOTDIR: "a file is where a folder must be",
  EPERM: "this user may not use it",
  EROFS: "its file system is read-only",
};

/** Why a file or a folder cannot be used, with the system's own code for whoever looks it up. */
export function systemReason(error: unknown): string {
  const { code = "", message = String(error) } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  return reason === undefined ? message : `${reason} (${code})`;
}

/** What the system refused, such as a folder that may not be written. */
export function isSystemError(error: Error): error is NodeJS.ErrnoException {
  return "syscall" in error && "code" in error;
}

/** One that no command expected: what it is about, and why, but for what has no path, such as a port. */
export function systemText(error: NodeJS.ErrnoException): string {
  return error.path === undefined ? error.message : `Cannot use ${error.path}: ${systemReason(error)}`;
}
