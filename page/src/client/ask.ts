/** Requests to the server that the page came from. */

export async function askJson<T>(path: string): Promise<T> {
  const response = await ask(path);
  return (await response.json().catch(() => {
    throw new NoAnswerError();
  })) as T;
}

/** The server has gone, or cannot be reached. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
  constructor() {
    super("The server does not answer");
  }
}

/**
 * Fetches a path.
 *
 * @throws Error with the server's message, or one of this page where the browser's would say nothing to its reader
 */
export async function ask(path: string): Promise<Response> {
  const response = await fetch(path).catch(() => {
    throw new NoAnswerError();
  });
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { error?: string };
  throw new Error(said.error ?? `The server answers with ${response.status}`);
}

export function runPath(run: string, what = ""): string {
  return `/api/runs/${encodeURIComponent(run)}${what}`;
}
