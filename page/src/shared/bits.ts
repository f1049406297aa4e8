/** Converts nats, the unit of the files, to bits, the unit that people read. */
export function bitsOf<Nats extends number | null>(nats: Nats): Nats {
  return (nats === null ? null : nats / Math.LN2) as Nats;
}
