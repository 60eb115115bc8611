// Small pieces of the page: elements, icons, marked-up text.

const SVG = "http://www.w3.org/2000/svg";

const SHAPES = {
  reporter: "M12 3l7 2.6v5.7c0 4.3-2.9 7.4-7 9-4.1-1.6-7-4.7-7-9V5.6z",
  officer: "M5 14v-2a7 7 0 0 1 14 0v2M5 14h3v5H6a1 1 0 0 1-1-1zM19 14h-3v5h2a1 1 0 0 0 1-1zM17 19c0 1.5-1.5 2-4 2",
  coordinator: "M12 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM5 21a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM19 21a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM12 7.5v4M5 16v-1.5a3 3 0 0 1 3-3h8a3 3 0 0 1 3 3V16",
  room: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 19a5.5 5.5 0 0 1 11 0M16 11.5a2.5 2.5 0 1 0 0-5M17 14.2a4.8 4.8 0 0 1 4.5 4.8",
  private: "M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3",
  send: "M4 12l16-8-5.5 16-3-6.5zM11.5 13.5L20 4",
  attach: "M19.5 11.5l-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3 3 0 0 1 4.3 4.3l-7.9 7.9a1.5 1.5 0 0 1-2.1-2.1l7.1-7.1",
  reply: "M9 6l-5 5 5 5M4 11h9a7 7 0 0 1 7 7v1",
  close: "M6 6l12 12M18 6L6 18",
  down: "M12 5v14M6 13l6 6 6-6",
  place: "M12 21c4.5-4.6 7-8 7-11a7 7 0 0 0-14 0c0 3 2.5 6.4 7 11zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 2-2 5 5M15.5 9.5h.01",
  document: "M6 3h8l5 5v13H6zM14 3v5h5",
  voice: "M12 14a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3zM6 11a6 6 0 0 0 12 0M12 17v4",
  audio: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  video: "M3 6h12v12H3zM15 11l6-4v10l-6-4",
  urgent: "M12 3l10 18H2z",
  high: "M12 2l10 10-10 10L2 12z",
  normal: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z",
};

export function icon(name, filled = false) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", filled ? "icon filled" : "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

export const button = (properties, ...children) => h("button", { type: "button", ...properties }, ...children);

// Tabs as the ARIA practices have them: one stop for Tab, arrows move between them.
export function tabs(container, items, select) {
  container.setAttribute("role", "tablist");
  for (const item of items) {
    item.tab = button(
      { role: "tab", id: `tab-${item.id}`, "aria-controls": `panel-${item.id}`, onclick: () => select(item.id) },
      icon(item.icon),
      (item.label = h("span")),
      (item.badge = h("span", { class: "unread" })),
    );
    container.append(item.tab);
  }
  container.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const at = items.findIndex((item) => item.tab === document.activeElement);
    const next = items[(at + step + items.length) % items.length];
    select(next.id);
    next.tab.focus();
  });
}

export function mark(items, selected) {
  for (const item of items) {
    item.tab.setAttribute("aria-selected", String(item.id === selected));
    item.tab.tabIndex = item.id === selected ? 0 : -1;
  }
}

export function count(item, number, label) {
  const shown = number ? String(number) : "";
  if (item.badge.dataset.count === shown) return;
  item.badge.dataset.count = shown;
  item.badge.replaceChildren(...(number ? [h("span", { class: "unseen" }, ` ${label}`)] : []));
}

const CODE = "(?=[2-9-]*[A-Z])[A-HJ-NP-Z2-9]{3,6}(?:-[A-HJ-NP-Z2-9]{3,6})+";
const TOKENS = new RegExp(`(?<code>(?<![\\w-])${CODE}(?![\\w-]))|(?<=^|[\\s(«“":])(?<command>/[a-z_]{2,32})\\b`, "gm");
const SEVERITIES = {
  СРОЧНО: "urgent", ВАЖНО: "high", ОБЫЧНО: "normal",
  URGENT: "urgent", HIGH: "high", NORMAL: "normal",
};
const SEVERITY = new RegExp(`^(.*?)(?<![\\p{L}])(${Object.keys(SEVERITIES).join("|")})(?![\\p{L}])(.*)$`, "u");

// References and codes stand out, commands can be pressed.
function tokens(text, onCommand) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(TOKENS)) {
    parts.push(text.slice(from, found.index));
    const { code, command } = found.groups;
    parts.push(code ? h("code", { class: code.length < 9 && "short" }, code) : button({ class: "command", onclick: () => onCommand(command) }, command));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts.filter(Boolean);
}

export const badge = (word) =>
  h("span", { class: `severity ${SEVERITIES[word]}` }, icon(SEVERITIES[word], true), word);

// In a notice's first line the severity has a shape and a colour besides its word.
export function words(text, { notices, onCommand }) {
  const end = text.indexOf("\n");
  const first = end < 0 ? text : text.slice(0, end);
  const found = notices && new RegExp(CODE).test(first) && first.match(SEVERITY);
  if (!found) return tokens(text, onCommand);
  const [, before, word, after] = found;
  const rest = end < 0 ? [] : tokens(text.slice(end), onCommand);
  return [h("span", { class: "headline" }, tokens(before, onCommand), badge(word), tokens(after, onCommand)), ...rest];
}
