// The little that Python cannot do for itself.

/** Call `target[method](...args)`. MicroPython cannot catch what JavaScript throws, only what it rejects. */
export async function attempt(target, method, ...args) {
  return target[method](...args);
}
