/** Knows the files and pasted pictures that wait above a field to be sent; not where they go. */

import { encoded } from "./attach.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { fileSize } from "./words.js";

const MOST = 16 << 20; // bytes that one request of this page carries, with room for their base64

/** Takes over `form`: its button, what is dropped on it and what is pasted into it. */
export class Tray {
  constructor(form, { hook, complain }) {
    this.items = [];
    this.complain = complain;
    this.node = h("ul", { class: "tray", hidden: true, "aria-label": "Attached" });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, "data-testid": hook });
    this.picker.addEventListener("change", () => {
      this.add([...this.picker.files], "file");
      this.picker.value = "";
    });
    this.button = h("button", { type: "button", class: "mark", "aria-label": "Attach files", title: "Attach files" });
    this.button.append(icon("clip"));
    this.button.addEventListener("click", () => this.picker.click());
    form.addEventListener("paste", (event) => this.pasted(event));
    form.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    form.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files], "file");
    });
  }

  pasted(event) {
    const pictures = [...event.clipboardData.files].filter(({ type }) => type.startsWith("image/"));
    if (!pictures.length) return;
    event.preventDefault();
    this.add(pictures, "picture");
  }

  add(files, kind) {
    const wanted = [...this.items, ...files.map((file) => ({ file, kind }))];
    const size = wanted.reduce((sum, { file }) => sum + file.size, 0);
    if (size > MOST) this.complain(`Attach up to ${fileSize(MOST)} at once here.`);
    else this.put(wanted);
  }

  put(items) {
    this.items = items;
    this.node.hidden = !items.length;
    this.node.replaceChildren(...items.map((item) => this.chip(item)));
  }

  chip(item) {
    const name = item.kind === "picture" ? "Pasted picture" : item.file.name;
    const drop = h("button", { type: "button", class: "mark", "aria-label": `Remove ${name}` }, icon("close"));
    drop.addEventListener("click", () => this.put(this.items.filter((other) => other !== item)));
    return h("li", { class: "tray-item" }, icon(item.kind === "picture" ? "picture" : "document"), h("span", {}, name), h("small", {}, fileSize(item.file.size)), drop);
  }
}

/** What waits, the way the sandbox takes it. */
export async function enclosed(items = []) {
  const of = (kind) => Promise.all(items.filter((item) => item.kind === kind).map(({ file }) => encoded(file)));
  return { files: await of("file"), pictures: await of("picture") };
}

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
