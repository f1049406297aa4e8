/** Changes the query of an address. */

/** Values by name. A value that is null stands for its default, which the address omits. */
export type Query = Readonly<Record<string, string | null>>;

/** @returns the query with the changes, other names untouched; empty or beginning with `?` */
export function changedQuery(query: string, changes: Query): string {
  const values = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) values.delete(name);
    else values.set(name, value);
  }
  // A comma needs no escape, and lists are easier to read with it.
  const text = values.toString().replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}

/** @returns the names in a list such as `a,b`; none if there is no list */
export function namesIn(list: string | null): string[] {
  return list === null ? [] : list.split(",").flatMap((name) => (name === "" ? [] : decoded(name)));
}

/** @returns the list that namesIn() reads; null if it would be empty */
export function listOf(names: Iterable<string>): string | null {
  const list = [...names].map(encoded).join(",");
  return list === "" ? null : list;
}

/** A name of settings may have a comma, or be empty. */
function encoded(name: string): string {
  return name === "" ? "~" : name.replace(/[~,]/g, (letter) => (letter === "," ? "~c" : "~t"));
}

function decoded(name: string): string {
  return name === "~" ? "" : name.replace(/~[ct]/g, (pair) => (pair === "~c" ? "," : "~"));
}
