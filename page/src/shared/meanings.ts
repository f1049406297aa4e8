/** Says what each picture of an episode shows, and what a network that has learned its task makes of it. */

export const meanings = {
  input:
    "What the network is given at each time. Data are the words; flags say when they begin and end, or what to do.",
  target: "What the network should answer. It counts in the answer phase only.",
  output: "What the network answers. A good output equals the target, without pale shades between.",
  error: "How far the output is from the target. It is empty once the task is learned.",
  weights:
    "Where the heads write and read. In a learned copy, the read heads retrace the slots that the write head filled: " +
    "two parallel diagonals.",
  writeWeights:
    "Where the head writes. A good head writes each word to a slot of its own: one sharp dot at each time.",
  readWeights: "Where the head reads. Good read heads retrace the slots that the write head filled.",
  writeShares:
    "Where the head writes, and why: by allocation to a free slot, or by content to the slot most like its key. New " +
    "words should go to free slots.",
  written:
    "The vector that the head adds to its slots, times its weights' sum: what is written. Each word has its own pattern.",
  read: "The vector that the head reads. In the answer it should repeat the patterns that were written.",
  interpolation:
    "1 looks for a slot by content, 0 starts from the slot before. A head that walks through the memory stays near 0 " +
    "once it has begun.",
  shift: "How many slots the head moves on. A head that walks through the memory keeps to one of them.",
  sharpening:
    "The exponent that sharpens the weights; 1 leaves them as they are. High values keep a head on a single slot.",
  strength:
    "How much likeness to the key decides. High values single out one slot, low ones blur all of them.",
  usage:
    "How full each slot is. Slots fill as words are written, and are freed after they are read for the last time.",
  allocationGate: "1 writes to a free slot, 0 to the slot most like the key. Good: 1 while new words arrive.",
  writeGate: "How much the head writes. Good: 1 while words arrive, 0 while the network answers.",
  freeGate:
    "1 frees the slots just read, so that they can be written again. Good: 0 for slots that are needed again.",
  backward: "How much a read head follows the links to the slot that was written before.",
  forward:
    "How much a read head follows the links to the slot that was written next. A learned copy moves forward.",
  content: "How much a read head looks for the slot most like its key, such as the first word.",
  memory:
    "What each slot holds at the chosen time. Marks at the edge show where the heads write, on the left, and read, on " +
    "the right.",
  link: "Which slot was written after which. A line beside the diagonal means that they were filled one after another.",
} as const;

export type Kind = keyof typeof meanings;
