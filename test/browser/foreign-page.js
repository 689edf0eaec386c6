// What a web page can do to an address that is not its own. Runs in the browser; local-stack.test.ts calls it.

globalThis.foreignPage = {
  /** Gives back what the page could read: null for nothing. */
  async read(address, init) {
    try {
      return (await (await fetch(address, init)).text()) || null;
    } catch {
      return null;
    }
  },

  /** As a form whose answer goes into a frame. `text/plain` with a name and no value makes a body of nearly any text. */
  async submit(address, method, body) {
    const frame = document.createElement("iframe");
    frame.name = String(Math.random());
    const form = document.createElement("form");
    Object.assign(form, { action: address, method, target: frame.name, enctype: "text/plain" });
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: body, value: "" }));
    document.body.append(frame, form);
    form.submit();
    await atMostOneSecond(new Promise((done) => frame.addEventListener("load", done, { once: true })));
    frame.remove();
  },

  /** As a script and as an image, for which a browser asks nobody's leave. */
  async embed(address) {
    const ends = ["script", "img"].map((name) => {
      const element = Object.assign(document.createElement(name), { src: address });
      document.body.append(element);
      return new Promise((done) => {
        element.addEventListener("load", done);
        element.addEventListener("error", done);
      });
    });
    await atMostOneSecond(Promise.all(ends));
  },
};

function atMostOneSecond(work) {
  return Promise.race([work, new Promise((done) => setTimeout(done, 1_000))]);
}
