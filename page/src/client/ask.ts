/** Requests to the server that the page came from. */

export async function askJson<T>(path: string): Promise<T> {
  return (await (await ask(path)).json()) as T;
}

/**
 * Fetches a path.
 *
 * @throws Error with the server's message
 */
export async function ask(path: string): Promise<Response> {
  const response = await fetch(path);
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { error?: string };
  throw new Error(said.error ?? `The server answers with ${response.status}`);
}

export function runPath(run: string, what = ""): string {
  return `/api/runs/${encodeURIComponent(run)}${what}`;
}
