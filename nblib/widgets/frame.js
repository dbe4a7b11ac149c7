// Shows the pictures that the kernel pushes, and tells it when each is on the screen.
// Pointer events go back as fractions of the picture, from its bottom left corner.

function render({ model, el }) {
  const figure = document.createElement("figure");
  const image = document.createElement("img");
  const caption = document.createElement("figcaption");
  figure.className = "nblib-frame";
  figure.append(image, caption);
  el.append(figure);

  function update() {
    const seq = model.get("seq");
    const bytes = model.get("picture");
    if (!bytes || !bytes.byteLength) return;
    const next = new Image();
    next.src = URL.createObjectURL(new Blob([bytes]));
    // Swapped only once decoded, so the old picture stays until the new one is ready: no flicker.
    next.decode().catch(() => {}).then(() => {
      if (seq < Number(figure.dataset.seq || 0)) return URL.revokeObjectURL(next.src);
      URL.revokeObjectURL(image.src);
      image.src = next.src;
      image.width = model.get("width");
      image.alt = model.get("alt");
      caption.textContent = model.get("caption");
      figure.dataset.seq = seq;
      model.send({ shown: seq });
      flush();
    });
  }

  // At most one pointer event is under way; of the moves that come meanwhile only the last is kept.
  let underway = false, waiting = null, timer = 0;
  function flush() {
    clearTimeout(timer);
    underway = false;
    if (waiting) { const event = waiting; waiting = null; send(event); }
  }
  function send(event) {
    if (underway && event.type === "move") { waiting = event; return; }
    underway = true;
    timer = setTimeout(flush, event.hover ? 50 : 250);
    model.send(event);
  }
  function where(event, type) {
    const box = image.getBoundingClientRect();
    return { type, x: (event.clientX - box.left) / box.width, y: 1 - (event.clientY - box.top) / box.height };
  }
  image.draggable = false;
  image.addEventListener("pointerdown", (event) => {
    if (!model.get("pointer")) return;
    image.setPointerCapture(event.pointerId);
    send(where(event, "press"));
  });
  image.addEventListener("pointermove", (event) => {
    if (!model.get("pointer")) return;
    if (event.buttons) send(where(event, "move"));
    else if (model.get("pointer") === "hover") send({ ...where(event, "move"), hover: true });
  });
  image.addEventListener("pointerleave", () => {
    if (model.get("pointer") === "hover") send({ type: "leave", x: -1, y: -1 });
  });
  image.addEventListener("pointerup", (event) => {
    if (model.get("pointer")) send(where(event, "release"));
  });

  function style() {
    image.style.cursor = model.get("pointer") ? "crosshair" : "";
    image.style.touchAction = model.get("pointer") ? "none" : "";
  }
  // ipywidgets gives the handles of its sliders and their readouts no name that a screen reader could say.
  function name() {
    const panel = el.closest(".nblib-panel");
    if (!panel) return;
    for (const slider of panel.querySelectorAll(".widget-slider, .jupyter-widget-slider")) {
      const label = slider.querySelector(".widget-label, .jupyter-widget-label")?.textContent || "slider";
      for (const part of slider.querySelectorAll(".noUi-handle, .widget-readout, .jupyter-widget-readout")) {
        if (part.getAttribute("aria-label") !== label) part.setAttribute("aria-label", label);
        if (!part.getAttribute("role")) part.setAttribute("role", "textbox");       // the readout, where one can type
      }
    }
    for (const list of panel.querySelectorAll("select")) {
      const title = list.closest("[title]")?.title;
      if (!list.labels?.[0]?.textContent && title && list.getAttribute("aria-label") !== title)
        list.setAttribute("aria-label", title);
    }
  }
  const watch = new MutationObserver(name);
  const found = setInterval(() => {
    const panel = el.closest(".nblib-panel");
    if (!panel) return;
    clearInterval(found);
    name();
    watch.observe(panel, { childList: true, subtree: true });
  }, 100);

  model.on("change:seq", update);
  model.on("change:pointer", style);
  style();
  update();
  return () => {
    model.off("change:seq", update);
    model.off("change:pointer", style);
    clearInterval(found);
    watch.disconnect();
    URL.revokeObjectURL(image.src);
  };
}

export default { render };
