/** Exports how full the file system of the runs folder is. */

import { statfs } from "node:fs/promises";
import type { Metrics } from "@memnet/service";

export function measureSpace(metrics: Metrics, root: string): void {
  const measured = (name: string, help: string, blocks: "blocks" | "bavail") =>
    metrics.measured(name, help, async () => {
      // The folder may not be there yet.
      const found = await statfs(root).catch(() => undefined);
      return found ? found[blocks] * found.bsize : Number.NaN;
    });
  measured("runs_folder_size_bytes", "Size of the file system that holds the runs folder", "blocks");
  measured("runs_folder_free_bytes", "What is free of it for runs", "bavail");
}
