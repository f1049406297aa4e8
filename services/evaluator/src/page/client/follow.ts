/** A run's stream of news, for as long as somebody looks at the page. */

import { sayAway } from "./away.ts";

export interface Following {
  /** From where `path` says now. */
  open(): void;
  close(): void;
}

const againMs = 5000;

/** @param take what is to be done with the events, by their names */
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
      // The browser asks again by itself where the stream broke, but not where it was refused.
      if (own.readyState === EventSource.CLOSED) timer = setTimeout(open, againMs);
    });
    for (const [name, handle] of Object.entries(take)) {
      own.addEventListener(name, (event: MessageEvent<string>) => handle(JSON.parse(event.data)));
    }
  };
  // A page in the background asks for nothing.
  document.addEventListener("visibilitychange", open);
  window.addEventListener("pagehide", close);
  return { open, close };
}
