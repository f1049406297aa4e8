/**
 * The temporal link matrix: which slot was written after which. Each write head has one, [to, from].
 *
 * docs/model.md §6.5 and §6.6. Nature 538, Methods, "Temporal memory linkage": L, p, f = L w, b = Lᵀ w.
 */

import type { DncConfig } from "../../../../config/model.ts";
import { partsOf } from "../constants.ts";
import { perHead, perSlot, writeHeads } from "../heads.ts";
import { each, type Shader, type Stages } from "../shader.ts";
import { sums } from "../sums.ts";

/** `body` for each element: `place` of all, `head`, `to`, `back` (from). */
function perLink(body: string): string {
  return each(
    "place",
    "writes * slots * slots",
    `let head = place / (slots * slots);
    let to = (place / slots) % slots;
    let back = place % slots;
    ${body}`,
  );
}

/** L[i, j] = (1 − w[i] − w[j]) L′[i, j] + w[i] p′[j], 0 where i = j;  p = (1 − Σw) p′ + w. */
export function linkForward(shader: Shader, model: DncConfig, keep: boolean): Stages {
  const { slots, writes } = model;
  shader.share("link", writes * slots * slots);
  shader.share("precedence", writes * slots);
  return [
    [
      perLink(
        `let w = weights[head * slots + to];
        let stay = 1.0 - w - weights[head * slots + back];
        let moved = stay * link[place] + w * precedence[head * slots + back];
        link[place] = select(moved, 0.0, to == back);
        ${keep ? "after.link[place] = link[place];" : ""}`,
      ),
      sums(shader, "written", perHead(model, writeHeads), partsOf(model), "weights[group * slots + n]"),
    ].join("\n"),
    perSlot(
      writeHeads,
      `precedence[at] = (1.0 - written_total(head)) * precedence[at] + weights[at];
      ${keep ? "after.precedence[at] = precedence[at];" : ""}`,
    ),
  ];
}

/** f = L w and b = Lᵀ w, of each read head along each write head's links; w its weights of the time before. */
export function followLinks(shader: Shader, { slots, reads, writes }: DncConfig, keep: boolean): Stages {
  shader.share("forwardWeights", reads * writes * slots);
  shader.share("backwardWeights", reads * writes * slots);
  return [
    each(
      "place",
      "reads * writes * slots",
      `let w = (writes + place / (writes * slots)) * slots;
      let links = ((place / slots) % writes) * slots * slots;
      let n = place % slots;
      var f = 0.0;
      var b = 0.0;
      for (var m = 0u; m < slots; m++) {
        f += link[links + n * slots + m] * weights[w + m];
        b += link[links + m * slots + n] * weights[w + m];
      }
      forwardWeights[place] = f;
      backwardWeights[place] = b;
      ${keep ? "after.forwardWeights[place] = f; after.backwardWeights[place] = b;" : ""}`,
    ),
  ];
}

/**
 * Backward through `followLinks`, docs/model.md §6.6. Adds to dLink, and leaves it 0 on the diagonal; dPast is what the
 * read weights of the time before get.
 */
export function followLinksBackward(shader: Shader, { slots, reads, writes }: DncConfig): Stages {
  shader.share("dLink", writes * slots * slots);
  shader.share("dPast", reads * slots);
  return [
    [
      perLink(
        `var sum = dLink[place];
        for (var i = 0u; i < reads; i++) {
          let w = (writes + i) * slots;
          sum += after.mode[i * modes + writes + head] * dWeights[w + to] * before.weights[w + back];
          sum += before.weights[w + to] * after.mode[i * modes + head] * dWeights[w + back];
        }
        dLink[place] = select(sum, 0.0, to == back);`,
      ),
      each(
        "place",
        "reads * slots",
        `let i = place / slots;
        let n = place % slots;
        var sum = 0.0;
        for (var head = 0u; head < writes; head++) {
          let links = head * slots * slots;
          let f = after.mode[i * modes + writes + head];
          let b = after.mode[i * modes + head];
          for (var m = 0u; m < slots; m++) {
            let dw = dWeights[(writes + i) * slots + m];
            sum += (f * after.link[links + m * slots + n] + b * after.link[links + n * slots + m]) * dw;
          }
        }
        dPast[place] = sum;`,
      ),
    ].join("\n"),
  ];
}

/**
 * Backward through `linkForward`, docs/model.md §6.5. Adds to dWeights; dLink and dPrecedence are replaced by those of
 * the time before.
 */
export function linkBackward(shader: Shader, model: DncConfig): Stages {
  const { slots, writes } = model;
  const parts = partsOf(model);
  const group = perHead(model, writeHeads);
  shader.share("dPrecedence", writes * slots);
  return [
    [
      sums(shader, "written", group, parts, "after.weights[group * slots + n]"),
      sums(
        shader,
        "pulls",
        group,
        parts,
        "dPrecedence[group * slots + n] * before.precedence[group * slots + n]",
      ),
    ].join("\n"),
    perSlot(
      writeHeads,
      `let links = head * slots * slots;
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
      dPrecedence[at] = past;`,
    ),
    perLink("dLink[place] *= 1.0 - after.weights[head * slots + to] - after.weights[head * slots + back];"),
  ];
}
