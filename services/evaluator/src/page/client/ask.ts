/** Asks the server that the page came from. */

export async function askJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask(path, signal)).json()) as T;
}

/** @throws Error with what the server says */
export async function ask(path: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, signal ? { signal } : {});
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { error?: string };
  throw new Error(said.error ?? `The server answers with ${response.status}`);
}

export function runPath(run: string, what = ""): string {
  return `/api/runs/${encodeURIComponent(run)}${what}`;
}
