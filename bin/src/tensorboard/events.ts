/**
 * TensorBoard's events: TensorFlow's event.proto and summary.proto, and the hparams plugin's plugin_data.proto. The
 * numbers of their fields are written beside them.
 */

import { bytes, double, fieldsOf, float, message, whole } from "./protobuf.ts";

export interface Moment {
  readonly step: number;
  /** Seconds since 1970. */
  readonly time: number;
}

export interface Image {
  /** A PNG file. */
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export type Hparam = number | boolean | string;

/** The first event of each file. */
export function versionEvent(time: number): Uint8Array {
  return message(double(1, time), bytes(3, "brain.Event:2"));
}

/** @param scalars by tag */
export function scalarsEvent(at: Moment, scalars: Readonly<Record<string, number>>): Uint8Array {
  return summaryEvent(
    at,
    Object.entries(scalars).map(([tag, value]) => message(bytes(1, tag), float(2, value))),
  );
}

/** @param images by tag */
export function imagesEvent(at: Moment, images: ReadonlyMap<string, Image>): Uint8Array {
  return summaryEvent(
    at,
    [...images].map(([tag, { png, width, height }]) => {
      const rgba = 4;
      const image = message(whole(1, height), whole(2, width), whole(3, rgba), bytes(4, png));
      return message(bytes(1, tag), bytes(4, image));
    }),
  );
}

const sessionTag = { start: "_hparams_/session_start_info", end: "_hparams_/session_end_info" } as const;

/** A run's settings, by path. */
export function sessionStartEvent(at: Moment, settings: Readonly<Record<string, Hparam>>): Uint8Array {
  const hparams = Object.entries(settings).map(([path, value]) =>
    bytes(1, message(bytes(1, path), bytes(2, hparamOf(value)))),
  );
  return hparamsEvent(at, sessionTag.start, bytes(3, message(...hparams, double(5, at.time))));
}

/** google.protobuf.Value */
function hparamOf(value: Hparam): Uint8Array {
  if (typeof value === "number") return double(2, value);
  return typeof value === "string" ? bytes(3, value) : whole(4, Number(value));
}

export function sessionEndEvent(at: Moment, state: "ended" | "failed"): Uint8Array {
  const status = { ended: 1, failed: 2 }[state];
  return hparamsEvent(at, sessionTag.end, bytes(4, message(whole(1, status), double(2, at.time))));
}

/** @param data the field of HParamsPluginData; its version is 0, which is not written */
function hparamsEvent(at: Moment, tag: string, data: Uint8Array): Uint8Array {
  const plugin = message(bytes(1, "hparams"), bytes(2, data));
  // Every value needs content: an empty tensor of float32, with one dimension of size 0.
  const tensor = message(whole(1, 1), bytes(2, bytes(2, new Uint8Array(0))));
  return summaryEvent(at, [message(bytes(1, tag), bytes(9, bytes(1, plugin)), bytes(8, tensor))]);
}

function summaryEvent({ step, time }: Moment, values: readonly Uint8Array[]): Uint8Array {
  return message(
    double(1, time),
    whole(2, step),
    bytes(5, message(...values.map((value) => bytes(1, value)))),
  );
}

export interface WrittenEvent {
  readonly step: number;
  /** The first of its tags; undefined if it has none. */
  readonly tag: string | undefined;
  /** When a run began, if the event has its settings. */
  readonly begun: number | null;
}

/** Reads back what an event is about. @throws RangeError if it is no event */
export function readEvent(event: Uint8Array): WrittenEvent {
  const step = fieldsOf(event).find(({ field }) => field === 2)?.value ?? 0;
  const tagBytes = first(first(first(event, 5), 1), 1);
  const tag = tagBytes && Buffer.from(tagBytes).toString();
  const time = tag === sessionTag.start ? first(event, 1) : undefined;
  const begun = time === undefined ? null : Buffer.from(time).readDoubleLE();
  return { step: Number(step), tag, begun };
}

/** Returns the first content of a field; undefined if the message has none. */
function first(content: Uint8Array | undefined, wanted: number): Uint8Array | undefined {
  const found = content && fieldsOf(content).find(({ field }) => field === wanted)?.value;
  return typeof found === "object" ? found : undefined;
}
