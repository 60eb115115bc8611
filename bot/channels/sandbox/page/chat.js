// One chat as one person sees it: messages, commands, and the place to write.

import { button, h, icon, words } from "./dom.js";

const GAP = 4 * 60_000;
const NEAR = 80;
const TICK = /^✓/;
const SUGGESTED = {
  "reporter/reporter": ["report", "sos", "mycase", "help"],
  "officer/room": ["queue", "help"],
  "officer/officer": ["queue", "rota", "help"],
  "coordinator/room": ["status", "queue", "help"],
  "coordinator/coordinator": ["status", "overdue", "queue", "help"],
};

export class ChatView {
  #messages = new Map();
  #nodes = new Map();
  #breaks = new Map();
  #commands = [];
  #files = [];
  #replyTo = null;
  #busy = null;

  // `app` gives: texts(), language(), time(at), day(at), perform(action), say, attach, press, place, seen(view).
  constructor(app, person, chat) {
    Object.assign(this, { app, person, chat, key: `${person}/${chat}` });
    this.#build();
  }

  get last() {
    return Math.max(0, ...this.#messages.keys());
  }

  unreadSince(number) {
    let unread = 0;
    for (const message of this.#messages.values()) if (message.id > number && message.author !== this.person) unread += 1;
    return unread;
  }

  get texts() {
    return this.app.texts();
  }

  // What the server says.

  load({ messages, commands }) {
    this.#messages = new Map(messages.map((message) => [message.id, message]));
    this.#commands = commands;
  }

  menu(commands) {
    this.#commands = commands;
    this.#renderCommands();
  }

  show(message, { fired }) {
    const known = this.#messages.has(message.id);
    const atEnd = this.#nearEnd() || message.author === this.person;
    this.#messages.set(message.id, message);
    this.#settle();
    this.#renderMessage(message, known ? "changed" : fired ? "fired" : "new");
    this.#layout();
    if (atEnd) this.scrollDown();
    this.#renderLatest();
  }

  forget(id) {
    this.#messages.delete(id);
    this.#nodes.get(id)?.remove();
    this.#nodes.delete(id);
    if (this.#replyTo === id) this.#quote(null);
    this.#layout();
  }

  // Everything anew: another language, or a fresh state.
  render() {
    const { texts } = this;
    this.line.textContent = texts.who[this.key];
    this.log.setAttribute("aria-label", `${texts.person[this.person]}: ${this.title()}`);
    this.input.placeholder = texts.write;
    for (const [control, label] of this.labelled) {
      control.setAttribute("aria-label", texts[label]);
      control.title = texts[label];
    }
    this.starter.textContent = texts.start;
    this.input.setAttribute("aria-label", texts.write);
    this.#renderEmpty();
    this.#renderPlaces();
    this.#renderCommands();
    this.#renderFiles();
    this.#quote(this.#replyTo);
    for (const node of this.#nodes.values()) node.remove();
    this.#nodes.clear();
    for (const separator of this.#breaks.values()) separator.remove();
    this.#breaks.clear();
    for (const message of this.#messages.values()) this.#renderMessage(message, "");
    this.#layout();
  }

  title() {
    return this.chat === "room" ? this.texts.chat.room : this.texts.chat.private;
  }

  scrollDown() {
    this.log.scrollTop = this.log.scrollHeight;
    this.#renderLatest();
  }

  // Building.

  #build() {
    this.line = h("p", { class: "who" });
    this.empty = h("div", { class: "empty" });
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", tabindex: 0 }, this.empty);
    this.log.addEventListener("scroll", () => this.#renderLatest(), { passive: true });
    this.latest = button({ class: "latest", hidden: true, onclick: () => this.scrollDown() }, icon("down"));
    this.chips = h("div", { class: "chips" });
    this.quote = h("div", { class: "quoting", hidden: true });
    this.pending = h("div", { class: "pending", hidden: true });
    this.starter = button({ class: "starter", onclick: () => this.#start() });
    this.form = this.#buildForm();
    this.composer = h("div", { class: "composer" }, this.quote, this.pending, this.chips, this.form, this.starter);
    this.labelled = [[this.latest, "latest"], [this.clip, "attach"], [this.submit, "send"], [this.slash, "commands"]];
    this.node = h("section", { class: "chat" }, h("div", { class: "scroller" }, this.log, this.latest), this.composer);
    this.node.addEventListener("dragover", (event) => event.preventDefault());
    this.node.addEventListener("drop", (event) => this.#drop(event));
    this.node.addEventListener("keydown", (event) => event.key === "Escape" && this.#escape());
    this.node.addEventListener("focusout", (event) => !this.composer.contains(event.relatedTarget) && this.#fold());
  }

  #buildForm() {
    this.input = h("textarea", { rows: 1, maxlength: 4096, autocomplete: "off" });
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("paste", (event) => this.#add(event.clipboardData.files));
    this.chooser = h("input", { type: "file", multiple: true, hidden: true });
    this.chooser.addEventListener("change", () => this.#add(this.chooser.files));
    this.sheet = h("div", { class: "sheet", hidden: true });
    this.list = h("div", { class: "sheet", hidden: true });
    this.clip = button({ class: "round", "aria-expanded": "false", onclick: () => this.#unfold(this.clip, this.sheet) }, icon("attach"));
    this.slash = button({ class: "round slash", "aria-expanded": "false", onclick: () => this.#unfold(this.slash, this.list) }, "/");
    this.submit = h("button", { class: "round send", type: "submit" }, icon("send"));
    const form = h("form", { class: "line" }, this.slash, this.clip, this.input, this.submit, this.chooser, this.sheet, this.list);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    return form;
  }

  // What the person does.

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 132)}px`;
    if (this.input.value === "/") this.#unfold(this.slash, this.list, { focus: false });
    else if (!this.list.hidden) this.#fold();
  }

  async #send() {
    const text = this.input.value.trim();
    const files = this.#files;
    if (!text && !files.length) return;
    const replyTo = this.#replyTo;
    this.input.value = "";
    this.#typed();
    this.#files = [];
    this.#renderFiles();
    this.#quote(null);
    const sent = await this.app.perform(() =>
      files.length ? this.app.attach(this, text, files, replyTo) : this.app.say(this, text, replyTo),
    );
    if (!sent) this.#takeBack(text, files);
  }

  #takeBack(text, files) {
    this.input.value = [text, this.input.value].filter(Boolean).join("\n");
    this.#files = [...files, ...this.#files];
    this.#renderFiles();
    this.#typed();
  }

  async #start() {
    if (await this.app.perform(() => this.app.say(this, "/start", null))) this.input.focus();
  }

  #command(name) {
    this.#fold();
    this.app.perform(() => this.app.say(this, `/${name}`, null));
    this.input.focus();
  }

  #complete(command) {
    this.input.value = command;
    this.#typed();
    this.input.focus();
  }

  async #press(message, data, pressed) {
    this.#settle();
    pressed.classList.add("busy");
    this.#busy = { pressed, timer: setTimeout(() => this.#settle(), 3000) };
    if (!(await this.app.perform(() => this.app.press(this, message, data)))) this.#settle();
  }

  // The pressed button waits until the chat changes, or for three seconds.
  #settle() {
    if (!this.#busy) return;
    clearTimeout(this.#busy.timer);
    this.#busy.pressed.classList.remove("busy");
    this.#busy = null;
  }

  #drop(event) {
    event.preventDefault();
    this.#add(event.dataTransfer.files);
  }

  #add(files) {
    if (!files.length) return;
    this.#files = [...this.#files, ...files];
    this.chooser.value = "";
    this.#renderFiles();
    this.input.focus();
  }

  #unfold(opener, sheet, { focus = true } = {}) {
    const open = sheet.hidden;
    this.#fold();
    sheet.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open && focus) sheet.querySelector("button")?.focus();
  }

  #fold() {
    for (const [opener, sheet] of [[this.clip, this.sheet], [this.slash, this.list]]) {
      sheet.hidden = true;
      opener.setAttribute("aria-expanded", "false");
    }
  }

  #escape() {
    const opener = !this.sheet.hidden ? this.clip : !this.list.hidden ? this.slash : null;
    this.#fold();
    if (opener) opener.focus();
    else this.#quote(null);
  }

  #quote(id) {
    const message = this.#messages.get(id);
    this.#replyTo = message ? id : null;
    this.quote.hidden = !message;
    if (!message) return;
    const cancel = button({ class: "round small", "aria-label": this.texts.cancel, onclick: () => this.#quote(null) }, icon("close"));
    this.quote.replaceChildren(icon("reply"), h("p", {}, h("b", {}, this.texts.replying), " ", this.#excerpt(message)), cancel);
  }

  // Showing.

  #renderEmpty() {
    const [heading, text] = this.texts.empty[this.key];
    const shape = this.chat === "room" ? "room" : this.person;
    this.empty.replaceChildren(h("span", { class: "glyph" }, icon(shape)), h("h3", {}, heading), h("p", {}, text));
  }

  #renderPlaces() {
    const place = ([name, point]) =>
      button({ onclick: () => (this.#fold(), this.app.perform(() => this.app.place(this, point))) }, icon("place"), name);
    this.sheet.replaceChildren(
      button({ onclick: () => (this.#fold(), this.chooser.click()) }, icon("photo"), this.texts.file),
      h("p", {}, this.texts.places),
      ...Object.entries(this.texts.place).map(place),
    );
    this.chooser.setAttribute("aria-label", this.texts.file);
  }

  #renderCommands() {
    const names = this.#commands.map(([name]) => name);
    const offered = SUGGESTED[this.key].filter((name) => !names.length || names.includes(name));
    this.chips.replaceChildren(...offered.map((name) => button({ class: "chip", onclick: () => this.#command(name) }, `/${name}`)));
    const listed = this.#commands.length ? this.#commands : offered.map((name) => [name, ""]);
    this.list.replaceChildren(
      ...listed.map(([name, description]) =>
        button({ onclick: () => this.#command(name) }, h("b", {}, `/${name}`), h("span", {}, description)),
      ),
    );
  }

  #renderFiles() {
    this.pending.hidden = !this.#files.length;
    const remove = (file) => {
      this.#files = this.#files.filter((it) => it !== file);
      this.#renderFiles();
      this.input.focus();
    };
    this.pending.replaceChildren(
      ...this.#files.map((file) =>
        h("span", { class: "file" }, icon("document"), h("span", { class: "name" }, file.name),
          button({ class: "round small", "aria-label": `${this.texts.remove}: ${file.name}`, onclick: () => remove(file) }, icon("close"))),
      ),
    );
  }

  #renderMessage(message, manner) {
    const own = message.author === this.person;
    const node = h("article", { class: `message ${own ? "own" : message.author} ${manner}`, "data-id": message.id });
    node.append(this.#bubble(message, own), this.#keyboard(message));
    this.#replace(this.#nodes.get(message.id), node);
    this.#nodes.set(message.id, node);
    if (manner) setTimeout(() => node.classList.remove(manner), manner === "fired" ? 6000 : 700);
  }

  // Whoever pressed a key by keyboard stays on it when the message is edited under their hands.
  #replace(before, after) {
    const at = before ? [...before.querySelectorAll(".key")].indexOf(document.activeElement) : -1;
    before?.replaceWith(after);
    if (at >= 0) ([...after.querySelectorAll(".key")].slice(0, at + 1).pop() ?? this.log).focus({ preventScroll: true });
  }

  #bubble(message, own) {
    const { texts } = this;
    const author = !own && this.chat === "room" ? h("p", { class: "author" }, texts.person[message.author]) : null;
    const stamp = h("span", { class: "stamp" }, message.edited ? `${texts.edited} ` : "", h("time", {}, this.app.time(message.at)));
    const reply = button({ class: "round small reply", "aria-label": texts.reply, title: texts.reply, onclick: () => (this.#quote(message.id), this.input.focus()) }, icon("reply"));
    const text = message.text && words(message.text, { notices: message.author === "hotline", onCommand: (command) => this.#complete(command) });
    return h("div", { class: "row" },
      h("div", { class: message.edited ? "bubble edited" : "bubble" },
        author, this.#quoted(message), message.files.map((file) => this.#file(file)),
        message.location && this.#place(message.location), text && h("div", { class: "text" }, text), stamp),
      reply);
  }

  #quoted({ reply_to: id }) {
    const message = this.#messages.get(id);
    const jump = () => this.#nodes.get(id)?.scrollIntoView({ block: "center" });
    return message && button({ class: "quoted", onclick: jump }, h("b", {}, this.texts.person[message.author]), h("span", {}, this.#excerpt(message)));
  }

  #excerpt({ text, files, location }) {
    return text.split("\n")[0] || (files[0] ? files[0].name : location ? this.texts.location : "");
  }

  #file(file) {
    const address = `/file/${file.id}`;
    if (file.kind === "photo") {
      const image = h("img", { src: address, alt: file.name, onload: () => this.#nearEnd(400) && this.scrollDown() });
      return h("a", { class: "photo", href: address, target: "_blank", rel: "noopener" }, image);
    }
    const facts = `${this.texts.kind[file.kind]} · ${this.#size(file.size)}`;
    return h("a", { class: "file", href: address, download: file.name },
      h("span", { class: "glyph" }, icon(file.kind)), h("span", { class: "name" }, file.name, h("small", {}, facts)));
  }

  #size(bytes) {
    const step = bytes < 1024 ? 0 : bytes < 1024 * 1024 ? 1 : 2;
    const number = new Intl.NumberFormat(this.app.language(), { maximumFractionDigits: step ? 1 : 0 });
    return `${number.format(bytes / 1024 ** step)} ${this.texts.units.bytes[step]}`;
  }

  #place([latitude, longitude]) {
    return h("p", { class: "file" }, h("span", { class: "glyph" }, icon("place")),
      h("span", { class: "name" }, this.texts.location, h("small", {}, `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`)));
  }

  #keyboard(message) {
    const rows = message.buttons.map((row) =>
      h("div", {}, row.map(({ label, data }) => {
        const key = button({ class: TICK.test(label) ? "key ticked" : "key", onclick: () => this.#press(message.id, data, key) }, label);
        return key;
      })),
    );
    return rows.length ? h("div", { class: "keyboard" }, rows) : "";
  }

  // Puts nodes in order, moving only what isn't in its place, with what separates them.
  #layout() {
    const ordered = [...this.#messages.values()].sort((one, other) => one.id - other.id);
    let before = null;
    let place = this.empty;
    const put = (node) => {
      if (place.nextSibling !== node) place.after(node);
      place = node;
    };
    for (const message of ordered) {
      const words = this.#breakBetween(before, message);
      if (words) put(this.#separator(message.id, words));
      else this.#breaks.get(message.id)?.remove();
      const node = this.#nodes.get(message.id);
      node.classList.toggle("follows", Boolean(before && !words && before.author === message.author));
      put(node);
      before = message;
    }
    for (const [id, separator] of this.#breaks) if (!this.#messages.has(id)) separator.remove();
    this.empty.hidden = ordered.length > 0;
    this.node.classList.toggle("fresh", ordered.length === 0 && this.chat === "reporter");
  }

  #separator(id, words) {
    const separator = this.#breaks.get(id) ?? h("p", { class: "break" });
    if (separator.textContent !== words) separator.textContent = words;
    this.#breaks.set(id, separator);
    return separator;
  }

  #breakBetween(before, message) {
    const day = this.app.day(message.at);
    if (!before || this.app.day(before.at) !== day) return day;
    const gap = message.at - before.at;
    return gap < GAP ? "" : this.app.span(gap);
  }

  #nearEnd(distance = NEAR) {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < distance;
  }

  #renderLatest() {
    this.latest.hidden = this.#nearEnd();
    this.app.seen(this);
  }
}
