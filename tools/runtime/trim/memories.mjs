// All of WebAssembly's memories that are made from here on.

export const memories = [];
const Memory = WebAssembly.Memory;
WebAssembly.Memory = class extends Memory {
  constructor(description) {
    super(description);
    memories.push(this);
  }
};
