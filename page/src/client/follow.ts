/** Follows a run's event stream while the page is visible. */

import { sayAway } from "./away.ts";

export interface Following {
  /** Opens the stream at the address that `path` returns now. */
  open(): void;
  close(): void;
}

const againMs = 2000;

/**
 * @param take   handlers for the events, by name
 * @param isOver whether the run was over when it was last heard of
 */
export function follow(
  path: () => string,
  take: Readonly<Record<string, (data: unknown) => void>>,
  isOver: () => boolean,
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
      // The browser would ask forever.
      close();
      if (sayAway(true, isOver())) timer = setTimeout(open, againMs);
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
