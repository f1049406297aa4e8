/** Fields of the interface vector that are a few numbers, a head's shifts or read modes: softmaxes over them. */

/**
 * A softmax of a head's field, into the shared array and the record's field of the same name.
 *
 * @param index WGSL: the head
 * @param raw   WGSL: where its field begins in the interface vector
 * @param count WGSL: numbers of the field
 */
export function softmaxFew(name: string, index: string, raw: string, count: string): string {
  return `let raw = ${raw};
  var most = fields[raw];
  for (var j = 1u; j < ${count}; j++) { most = max(most, fields[raw + j]); }
  var sum = 0.0;
  for (var j = 0u; j < ${count}; j++) {
    let e = expOf(fields[raw + j] - most);
    ${name}[${index} * ${count} + j] = e;
    sum += e;
  }
  for (var j = 0u; j < ${count}; j++) {
    ${name}[${index} * ${count} + j] /= sum;
    after.${name}[${index} * ${count} + j] = ${name}[${index} * ${count} + j];
  }`;
}

/**
 * Backward through `softmaxFew`, docs/model.md §1.
 *
 * @param slopes the sums of the results' gradients, one group for each number
 */
export function softmaxFewBackward(
  name: string,
  index: string,
  raw: string,
  count: string,
  slopes: string,
): string {
  return `var mean = 0.0;
  for (var j = 0u; j < ${count}; j++) {
    mean += after.${name}[${index} * ${count} + j] * ${slopes}_total(${index} * ${count} + j);
  }
  for (var j = 0u; j < ${count}; j++) {
    let y = after.${name}[${index} * ${count} + j];
    setSlope(${raw} + j, y * (${slopes}_total(${index} * ${count} + j) - mean));
  }`;
}

/** Where a head's fields begin in the interface vector. */
export const fieldsAt = `
fn fieldsAt(head: u32) -> u32 {
  return select(head * writeFields, readFrom + (head - writes) * readFields, head >= writes);
}
`;
