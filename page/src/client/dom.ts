/** Creates and finds elements. Text is inserted as text, never as HTML. */

type Child = Node | string;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Creates an element.
 *
 * @param attributes true sets an attribute without a value; false and undefined omit it
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(attribute, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/**
 * Finds an element.
 *
 * @throws Error if the page lacks it
 */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page must have an element ${id}`);
  return found as Kind;
}

/**
 * Replaces an element's children, and keeps the focus on the one whose `data-key` is that of the element that has it.
 */
export function replaceKeepingFocus(parent: HTMLElement, ...children: readonly Child[]): void {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const key = focused instanceof HTMLElement ? focused.dataset.key : undefined;
  parent.replaceChildren(...children);
  if (key === undefined) return;
  parent.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
