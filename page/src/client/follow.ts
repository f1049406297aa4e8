/** Follows a run's event stream while the page is visible. */

import { sayAway } from "./away.ts";

export interface Following {
  /** Opens the stream at the address that `path` returns now. */
  open(): void;
  close(): void;
}

const againMs = 5000;

/** @param take handlers for the events, by name */
export function follow(
  path: () => string,
  take: Readonly<Record<string, (data: unknown) => void>>,
): Following {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const open = () => {
    close();
    if (document.hidden) return;
    const own = new EventSource(path());
    source = own;
    own.addEventListener("open", () => sayAway(false));
    own.addEventListener("error", () => {
      sayAway(true);
      // The browser reconnects by itself if the stream breaks, but not if it is refused.
      if (own.readyState === EventSource.CLOSED) timer = setTimeout(open, againMs);
    });
    for (const [name, handle] of Object.entries(take)) {
      own.addEventListener(name, (event: MessageEvent<string>) => handle(JSON.parse(event.data)));
    }
  };
  // A page in the background sends no requests.
  document.addEventListener("visibilitychange", open);
  window.addEventListener("pagehide", close);
  return { open, close };
}
