// Work of a job that can go on only after a while.

/** Try again after this many seconds: somebody else is at it, or Zoom asked to wait. */
export class LaterError extends Error {
  override readonly name = "LaterError";
  readonly seconds: number;
  constructor(seconds: number, cause?: unknown) {
    super(`again in ${seconds} s`, { cause });
    this.seconds = seconds;
  }
}
