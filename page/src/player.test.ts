import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { smallConfig } from "@memnet/runs/testing";
import { RunsOnDisk } from "./folder.testing.ts";
import { BusyError, threadPlayer } from "./player.ts";
import { readEpisode } from "./shared/episode.ts";

test("threadPlayer() plays in turn, refuses the seventeenth, and skips clients that left before their turn", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a");
  const player = threadPlayer();
  try {
    const { training } = smallConfig();
    const path = join(runs.root, "a", "checkpoints", "4.safetensors");
    const job = { training, taskFile: null, path, sizes: { length: 2 }, seed: 1 };
    const stays = new AbortController().signal;
    const gone = new AbortController();
    const asked = Array.from({ length: 16 }, (_, episode) =>
      player.play({ ...job, episode }, episode === 5 ? gone.signal : stays),
    );
    await assert.rejects(player.play({ ...job, episode: 16 }, stays), BusyError);
    gone.abort(new Error("gone"));
    const played = await Promise.allSettled(asked);
    played.forEach((one, episode) => {
      if (episode === 5) assert.equal((one as PromiseRejectedResult).reason.message, "gone");
      else {
        const { value } = one as PromiseFulfilledResult<Uint8Array>;
        assert.equal(readEpisode(value.slice().buffer).metadata.episode, String(episode));
      }
    });
    await assert.rejects(player.play({ ...job, sizes: { length: 999 }, episode: 0 }, stays), RangeError);
    assert.equal((await player.describe({ training, taskFile: null }, stays)).sizes[0]!.max, 120);
  } finally {
    await player.close();
  }
});
