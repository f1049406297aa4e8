/** Lists the actors that serve metrics, for Prometheus' HTTP service discovery. */

import type { Actor, Page } from "@memnet/service";
import { everybody, type Present, Roll } from "@memnet/service";

/**
 * Host names that may precede a port. Prometheus could reject the whole list because of any other text from the
 * network.
 */
const hostName = /^[A-Za-z0-9._-]{1,255}$/;

const pathName = /^\/[A-Za-z0-9._/-]{1,255}$/;

export type Served = Pick<Present, "id" | "role" | "machine" | "metricsPort" | "metricsPath">;

/** One entry of Prometheus' list, with the field names that Prometheus expects. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Returns the actors that serve metrics, sorted by address.
 *
 * @param here the machine that has `address`; others are reached by their names
 */
export function targetGroups(actors: readonly Served[], here: string, address: string): TargetGroup[] {
  return actors
    .flatMap(({ role, machine, metricsPort, metricsPath }) => {
      if (metricsPort === null || !hostName.test(machine) || !pathName.test(metricsPath)) return [];
      const host = machine === here ? hostOf(address) : machine;
      const target = `${host}:${metricsPort}`;
      // The paths tell actors that share a port apart.
      const own =
        metricsPath === "/metrics" ? {} : { __metrics_path__: metricsPath, instance: target + metricsPath };
      return [{ targets: [target], labels: { service: role, machine, ...own } }];
    })
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

function orderOf({ targets: [target], labels }: TargetGroup): string {
  return labels.instance ?? target!;
}

/** Answers /targets. Concurrent requests share one round of questions. */
export function targetsPage(actor: Actor): Page {
  const roll = new Roll<Served>();
  let asking: Promise<void> | undefined;
  return async (localAddress) => {
    asking ??= everybody(actor)
      .then((actors) => roll.answered(actors))
      .finally(() => {
        asking = undefined;
      });
    await asking;
    const groups = targetGroups(roll.actors, actor.machine, localAddress);
    return { text: JSON.stringify(groups), type: "application/json" };
  };
}

/**
 * Formats an address to precede a port: an IPv6 socket reports IPv4 addresses in long form, and IPv6 addresses need
 * brackets.
 */
function hostOf(address: string): string {
  const plain = address.replace(/^::ffff:/, "");
  return plain.includes(":") ? `[${plain}]` : plain;
}
