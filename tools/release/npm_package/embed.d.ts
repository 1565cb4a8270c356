/** An object in a picture, under the names of @tensorflow-models/coco-ssd. */
export interface Detection {
  /** Such as "person": one of COCO's 80 labels. */
  class: string;
  /** 0 to 1. */
  score: number;
  /** In the picture's own pixels, from its left upper corner. */
  bbox: [x: number, y: number, width: number, height: number];
  /** Which object it is from frame to frame, where it is followed. */
  trackId?: number;
  /** For how many seconds it has been followed. */
  age?: number;
}

/** Something in a moving picture has got its number ("enter"), or has not been seen for two seconds ("leave"). */
export interface Track {
  version: 1;
  kind: "enter" | "leave";
  trackId: number;
  class: string;
  /** Where it was seen last, as in `Detection`. */
  bbox: [x: number, y: number, width: number, height: number];
  /** When it was seen last, in ms of the results' clock. */
  timestamp: number;
  /** For how many seconds it was followed. */
  age: number;
}

/** Something has crossed one of the attribute `lines`. */
export interface Crossing {
  version: 1;
  kind: "cross";
  trackId: number;
  class: string;
  timestamp: number;
  /** The line's name. */
  line: string;
  direction: "in" | "out";
}

/** Something has come to one of the attribute `zones`, or has left it. */
export interface Visit {
  version: 1;
  kind: "zone-enter" | "zone-leave";
  trackId: number;
  class: string;
  timestamp: number;
  /** The zone's name. */
  zone: string;
  /** For how many seconds it was there, of who leaves. */
  dwell?: number;
}

export type State = "idle" | "loading" | "ready" | "running" | "paused" | "error";

export interface Result {
  version: 1;
  source: "camera" | "image" | "video";
  /** The number of the frame, from 0 on. */
  frame: number;
  /** When it was taken, in ms of the frame's clock. */
  timestamp: number;
  /** Of the picture, in pixels. */
  width: number;
  height: number;
  /** What ran the network: "wasm", "webgpu" or "webgl". */
  provider: string;
  /** In ms, by step; "total" is all of them. */
  timings: Record<string, number>;
  /** Best first. */
  detections: Detection[];
}

/** In bytes; `total` is 0 while it is unknown. */
export interface Progress {
  version: 1;
  /** What is waited for, in English. */
  stage: string;
  received: number;
  total: number;
  parts: { part: string; received: number; total: number }[];
}

/** What went wrong, and what to do about it. `code` is one of docs/embedding.md or of the page. */
export interface Failure {
  code: string;
  message: string;
  hint: string;
}

export interface DetectorEvents {
  state: CustomEvent<{ version: 1; state: State; previous: State }>;
  result: CustomEvent<Result>;
  track: CustomEvent<Track | Crossing | Visit>;
  progress: CustomEvent<Progress>;
  error: CustomEvent<Failure>;
}

/**
 * <onlooker-detector>: Onlooker in a page of your own. Attributes: `src`, the address of the copied folder `site/`, and
 * the page's settings, such as `threshold="0.6"`, `classes="person,cup"` or `autostart="1"`.
 *
 * Promises are rejected with an `Error` that has `code` and `hint`, as in `Failure`.
 */
export class OnlookerDetector extends HTMLElement {
  readonly state: State;

  /** Start the camera; resolves once it runs. In a frame of another origin, the visitor has to have touched it. */
  start(): Promise<void>;

  /** Free camera and network. */
  stop(): Promise<void>;

  /** What is in a picture, best first, in its pixels. An `ImageBitmap` changes hands: it cannot be used afterwards. */
  detect(frame: Blob | ImageBitmap): Promise<Detection[]>;

  /** What is shown, with its boxes: a PNG. */
  snapshot(): Promise<Blob>;

  addEventListener<K extends keyof DetectorEvents>(
    type: K,
    listener: (this: OnlookerDetector, event: DetectorEvents[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends Exclude<keyof HTMLElementEventMap, keyof DetectorEvents>>(
    type: K,
    listener: (this: OnlookerDetector, event: HTMLElementEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof DetectorEvents>(
    type: K,
    listener: (this: OnlookerDetector, event: DetectorEvents[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "onlooker-detector": OnlookerDetector;
  }
}
