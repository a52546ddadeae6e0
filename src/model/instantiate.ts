import { fromBase64 } from './from-base64.js';

const modules = new Map<string, WebAssembly.Module>();
const PAGE = 65536;

/** The functions of a WebAssembly module, and the memory that it works in. */
export interface Instantiated<Calls> {
  readonly call: Calls;
  readonly memory: WebAssembly.Memory;
}

/** Compiles a module, in base64, once. @throws Error where there is no WebAssembly, or not all of it, or a page's policy forbids it */
export function compiled(code: string): WebAssembly.Module {
  let module = modules.get(code);
  if (!module) {
    module = new WebAssembly.Module(fromBase64(code));
    modules.set(code, module);
  }
  return module;
}

/**
 * Starts a module with so many bytes of memory. `undefined` where there is no WebAssembly, or none with SIMD, or a page's policy forbids it:
 * what the module does must then be done, slower and to the same bits, in JavaScript.
 */
export function instantiate<Calls>(code: string, bytes: number): Instantiated<Calls> | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    return { call: new WebAssembly.Instance(compiled(code), { env: { memory } }).exports as Calls, memory };
  } catch {
    return undefined;
  }
}
