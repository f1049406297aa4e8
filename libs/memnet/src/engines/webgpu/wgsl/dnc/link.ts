/**
 * The temporal link matrix: which slot was written after which. Each write head has one, [to, from]. docs/model.md §6.5
 * and §6.6.
 */

import type { DncConfig } from "../../../../config/model.ts";
import type { Shader, Stages } from "../shader.ts";
import { sharpenForward, toSharpen } from "./sharpen.ts";

/** Two stages: the links, and the precedence that the next time's links need. */
export function linkForward(shader: Shader<DncConfig>): readonly [links: string, precedence: string] {
  const { slots, writes } = shader.model;
  shader.share({ link: writes * slots * slots, precedence: writes * slots });
  return [
    `forEach (place of links) {
      let w = weights[head * slots + to];
      let stay = 1.0 - w - weights[head * slots + back];
      let moved = stay * link[place] + w * precedence[head * slots + back];
      link[place] = select(moved, 0.0, to == back);
      after.link[place] = link[place];
    }
    ${shader.sums(shader.perHead("writeHeads"), { written: "weights[at]" })}`,
    `forEach (at of writeHeads) {
      precedence[at] = (1.0 - written_total(head)) * precedence[at] + weights[at];
      after.precedence[at] = precedence[at];
    }`,
  ];
}

/** Each read head's way along each write head's links, from its weights of the time before. */
export function followLinks(shader: Shader<DncConfig>): Stages {
  const { slots, reads, writes, sharpen } = shader.model;
  shader.share({ forwardWeights: reads * writes * slots, backwardWeights: reads * writes * slots });
  const done = `forwardWeights[place] = f;
      backwardWeights[place] = b;
      after.forwardWeights[place] = f;
      after.backwardWeights[place] = b;`;
  const follow = `forEach (place < reads * writes * slots) {
      let w = (writes + place / (writes * slots)) * slots;
      let links = ((place / slots) % writes) * slots * slots;
      let n = place % slots;
      var f = 0.0;
      var b = 0.0;
      for (var m = 0u; m < slots; m++) {
        f += link[links + n * slots + m] * weights[w + m];
        b += link[links + m * slots + n] * weights[w + m];
      }
      ${sharpen ? toSharpen : done}
    }`;
  return sharpen ? [follow, ...sharpenForward(shader)] : [follow];
}

/**
 * Backward through `followLinks`. Adds to dLink, and leaves it 0 on the diagonal; dPast is the gradient of the read
 * weights of the time before.
 */
export function followLinksBackward(shader: Shader<DncConfig>): string {
  const { slots, reads, writes, sharpen } = shader.model;
  shader.share({ dLink: writes * slots * slots, dPast: reads * slots });
  const way = (name: string, n: string) => `${name}[(i * writes + head) * slots + ${n}]`;
  const forward = (n: string) =>
    sharpen ? way("dForward", n) : `after.mode[i * modes + writes + head] * dWeights[w + ${n}]`;
  const backward = (n: string) =>
    sharpen ? way("dBackward", n) : `after.mode[i * modes + head] * dWeights[w + ${n}]`;
  const along = sharpen
    ? `for (var m = 0u; m < slots; m++) {
          sum += ${way("dForward", "m")} * after.link[links + m * slots + n]
            + ${way("dBackward", "m")} * after.link[links + n * slots + m];
        }`
    : `let f = after.mode[i * modes + writes + head];
        let b = after.mode[i * modes + head];
        for (var m = 0u; m < slots; m++) {
          let dw = dWeights[(writes + i) * slots + m];
          sum += (f * after.link[links + m * slots + n] + b * after.link[links + n * slots + m]) * dw;
        }`;
  return `forEach (place of links) {
      var sum = dLink[place];
      for (var i = 0u; i < reads; i++) {
        let w = (writes + i) * slots;
        sum += ${forward("to")} * before.weights[w + back];
        sum += before.weights[w + to] * ${backward("back")};
      }
      dLink[place] = select(sum, 0.0, to == back);
    }
    forEach (place < reads * slots) {
      let i = place / slots;
      let n = place % slots;
      var sum = 0.0;
      for (var head = 0u; head < writes; head++) {
        let links = head * slots * slots;
        ${along}
      }
      dPast[place] = sum;
    }`;
}

/** Backward through `linkForward`. Adds to dWeights; replaces dLink and dPrecedence by those of the time before. */
export function linkBackward(shader: Shader<DncConfig>): readonly string[] {
  const { slots, writes } = shader.model;
  shader.share({ dPrecedence: writes * slots });
  return [
    shader.sums(shader.perHead("writeHeads"), {
      written: "after.weights[at]",
      pulls: "dPrecedence[at] * before.precedence[at]",
    }),
    `forEach (at of writeHeads) {
      let links = head * slots * slots;
      let dp = dPrecedence[at];
      var dw = dWeights[at] + dp - pulls_total(head);
      var past = (1.0 - written_total(head)) * dp;
      for (var m = 0u; m < slots; m++) {
        let along = dLink[links + n * slots + m];
        let into = dLink[links + m * slots + n];
        dw += along * (before.precedence[head * slots + m] - before.link[links + n * slots + m]);
        dw -= into * before.link[links + m * slots + n];
        past += after.weights[head * slots + m] * into;
      }
      dWeights[at] = dw;
      dPrecedence[at] = past;
    }`,
    `forEach (place of links) {
      dLink[place] *= 1.0 - after.weights[head * slots + to] - after.weights[head * slots + back];
    }`,
  ];
}
