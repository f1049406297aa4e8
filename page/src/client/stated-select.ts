/** A select whose choice is part of the page's address. */

import type { Query } from "../shared/query.ts";
import { choose, onBack, stated } from "./address.ts";

/**
 * Sets the select to its value in the address, and keeps both the same.
 *
 * @param name     the value's name in the address
 * @param standard the choice that the address omits
 * @param also     what else a choice changes in the address
 * @returns        sets the select to its value in the address again
 */
export function keepSelect(
  select: HTMLSelectElement,
  name: string,
  standard: string,
  onChange: () => void,
  also: () => Query = () => ({}),
): () => void {
  const take = () => {
    select.value = stated(name) ?? standard;
    // A value that is not offered leaves nothing selected.
    if (select.selectedIndex < 0) select.value = standard;
  };
  take();
  select.addEventListener("change", () => {
    choose({ ...also(), [name]: select.value === standard ? null : select.value });
    onChange();
  });
  onBack(() => {
    take();
    onChange();
  });
  return take;
}
