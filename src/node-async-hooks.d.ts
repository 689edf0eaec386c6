// The one part of Node's API that the Worker uses (compatibility flag nodejs_als).

declare module "node:async_hooks" {
  export class AsyncLocalStorage<T> {
    run<R>(store: T, callback: () => R): R;
    getStore(): T | undefined;
  }
}
