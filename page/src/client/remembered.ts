/** Remembers how this browser's user likes the page, if the browser allows it. */

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`memnet.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`memnet.${name}`, value);
  } catch {
    // The browser stores nothing for this site; the choice holds until the page is left.
  }
}
