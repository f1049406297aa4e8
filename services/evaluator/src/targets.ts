/** Lists the actors that serve metrics, for Prometheus' HTTP service discovery. */

import type { Page } from "@memnet/service";
import { type Attendance, hostName, type Served } from "./attendance.ts";

const pathName = /^\/[A-Za-z0-9._/-]{1,255}$/;

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

/** Answers /targets. @param here this machine's name */
export function targetsPage(attendance: Attendance, here: string): Page {
  return async (localAddress) => {
    await attendance.look();
    const groups = targetGroups(attendance.served, here, localAddress);
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
