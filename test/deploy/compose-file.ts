/**
 * Reads the parts of the Compose format that our file uses. Anything else would be untested, so it is refused by name.
 */

import { parse } from "yaml";
import { z } from "zod";

const words = z.array(z.string());
const variables = z.record(z.string(), z.string());

const healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: words,
    interval: z.string(),
    timeout: z.string(),
    start_period: z.string(),
    retries: z.number(),
  }),
]);

const service = z.strictObject({
  image: z.string(),
  user: z.string().optional(),
  entrypoint: words.optional(),
  command: words.optional(),
  environment: variables.default({}),
  healthcheck: healthcheck.optional(),
  read_only: z.boolean().default(false),
  tmpfs: words.default([]),
  cap_drop: words.default([]),
  cap_add: words.default([]),
  security_opt: words.default([]),
  mem_limit: z.string().optional(),
  pids_limit: z.number().optional(),
  network_mode: z.literal("none").optional(),
  ports: words.default([]),
  volumes: words.default([]),
  restart: z.string().default("no"),
  scale: z.coerce.number<string | number>().int().min(0).default(1),
  stop_grace_period: z.string().optional(),
  profiles: words.default([]),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).default({}),
  // How the image is built, where the log goes and which GPU the container gets: nothing that is visible inside the
  // container.
  build: z.strictObject({ context: z.string(), dockerfile: z.string(), target: z.string() }).optional(),
  pull_policy: z.string().optional(),
  logging: z.strictObject({ driver: z.string(), options: variables }).optional(),
  deploy: z
    .strictObject({
      resources: z.strictObject({
        reservations: z.strictObject({
          devices: z.array(z.strictObject({ driver: z.string(), capabilities: words, device_ids: words })),
        }),
      }),
    })
    .optional(),
});

const file = z
  .object({
    name: z.string(),
    services: z.record(z.string(), service),
    volumes: z.record(z.string(), z.null()),
  })
  .catchall(z.never());

export type Service = z.infer<typeof service>;
export type ComposeFile = z.infer<typeof file>;

/**
 * @param environment values for `${NAME:-otherwise}`
 * @throws naming a setting that this does not support
 */
export function readComposeFile(text: string, environment: Readonly<Record<string, string>>): ComposeFile {
  const written = parse(text, { merge: true, maxAliasCount: -1 }) as Record<string, unknown>;
  const known = Object.entries(written).filter(([key]) => !key.startsWith("x-"));
  return file.parse(interpolated(Object.fromEntries(known), environment));
}

/** Fills variables into every string; other values stay as they are. */
function interpolated(value: unknown, environment: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") {
    // The innermost first, since what stands after :- may hold variables itself.
    const filled = value.replace(/\$\{(\w+):-([^${}]*)\}/g, (_, name: string, otherwise: string) => {
      return environment[name] || otherwise;
    });
    return filled === value ? value : interpolated(filled, environment);
  }
  if (Array.isArray(value)) return value.map((item) => interpolated(item, environment));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolated(item, environment)]),
  );
}

/** Lists services in the order in which Compose stops them: each before those that it depends on. */
export function stopOrder({ services }: ComposeFile): string[] {
  const order: string[] = [];
  const place = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) throw new Error(`Services depend on each other: ${[...path, name].join(", ")}`);
    if (order.includes(name)) return;
    for (const needed of Object.keys(services[name]?.depends_on ?? {})) place(needed, [...path, name]);
    order.push(name);
  };
  for (const name of Object.keys(services)) place(name, []);
  return order.reverse();
}
