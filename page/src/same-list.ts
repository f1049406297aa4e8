/** Tells whether a list has changed whose elements are the same objects until they change. */
export function isSameList<Element>(one: readonly Element[], other: readonly Element[]): boolean {
  return one.length === other.length && one.every((element, index) => element === other[index]);
}
