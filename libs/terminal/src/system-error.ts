/** Explains system errors about files and folders in words. */

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

/** Says why a file or a folder cannot be used, followed by the system's error code. */
export function systemReason(error: unknown): string {
  const { code = "", message = String(error) } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  return reason === undefined ? message : `${reason} (${code})`;
}

/** Reports whether the system refused an operation, such as writing to a folder. */
export function isSystemError(error: Error): error is NodeJS.ErrnoException {
  return "syscall" in error && "code" in error;
}

/**
 * Formats an error that no command expected: the path and the reason. An error without a path, such as one about a
 * port, keeps the system's message.
 */
export function systemText(error: NodeJS.ErrnoException): string {
  return error.path === undefined ? error.message : `Cannot use ${error.path}: ${systemReason(error)}`;
}
