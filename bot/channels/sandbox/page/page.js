// The page: three phones, the demo's clock, the language; what the server says goes to the chats.

import { ChatView } from "./chat.js";
import { button, count, h, icon, mark, tabs } from "./dom.js";
import { TEXTS } from "./texts.js";
import * as wire from "./wire.js";

const KEPT = "hotline-demo";
const PHONES = { reporter: ["reporter"], officer: ["room", "officer"], coordinator: ["room", "coordinator"] };
const FIRST = { reporter: "reporter", officer: "room", coordinator: "coordinator" };
const FIRED = 6000;
const wide = matchMedia("(min-width: 900px)");
const find = (id) => document.getElementById(id);

const remembered = recall();
let language = chooseLanguage();
let setting = { centre: "", timezone: "UTC" };
let offset = 0;
let firing = 0;
let moving = false;

// What this browser remembers, for as long as the same demo runs: what was read, and where one was.

function recall() {
  try {
    return { read: {}, open: {}, phone: "reporter", ...JSON.parse(localStorage.getItem(KEPT)) };
  } catch {
    return { read: {}, open: {}, phone: "reporter" };
  }
}

function remember() {
  try {
    localStorage.setItem(KEPT, JSON.stringify(remembered));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

function chooseLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") || remembered.language;
  if (asked && Object.hasOwn(TEXTS, asked)) return asked;
  return navigator.languages.some((it) => /^(ru|be|uk|kk)\b/.test(it)) ? "ru" : "en";
}

// What the chats ask of the page.

const app = {
  texts: () => TEXTS[language],
  language: () => language,
  time: (at) => format({ hour: "2-digit", minute: "2-digit" }).format(at),
  day: (at) => format({ weekday: "short", day: "numeric", month: "long" }).format(at),
  span: (gap) => (language === "ru" ? `${TEXTS.ru.later} ${lasting(gap)}` : `${lasting(gap)} ${TEXTS.en.later}`),
  perform,
  seen,
  say: (view, text, reply) => wire.post("/say", { ...from(view), text, ...(reply && { reply_to: reply }) }),
  press: (view, message, data) => wire.post("/press", { ...from(view), message, data }),
  place: (view, [latitude, longitude]) => wire.post("/location", { ...from(view), latitude, longitude }),
  attach: (view, text, files, reply) => wire.attach({ ...from(view), text, reply_to: reply }, files),
};

const from = (view) => ({ chat: view.chat, as: view.person, language });
const formats = new Map();

function format(options) {
  const key = language + setting.timezone + JSON.stringify(options);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(language === "en" ? "en-GB" : "ru", { ...options, timeZone: setting.timezone }));
  }
  return formats.get(key);
}

function lasting(milliseconds) {
  const { day, hour, minute } = app.texts().units;
  const minutes = Math.round(milliseconds / 60_000);
  const parts = [[Math.floor(minutes / 1440), day], [Math.floor(minutes / 60) % 24, hour], [minutes % 60, minute]];
  return parts.filter(([number]) => number).slice(0, 2).map(([number, unit]) => `${number} ${unit}`).join(" ");
}

async function perform(action) {
  firing = 0;
  try {
    await action();
    find("toast").textContent = "";
    return true;
  } catch (error) {
    if (!(error instanceof wire.Refused)) throw error;
    complain(app.texts().error[error.message] ?? app.texts().error.malformed);
    return false;
  }
}

let complaint = 0;
function complain(sentence) {
  clearTimeout(complaint);
  find("toast").textContent = sentence;
  complaint = setTimeout(() => (find("toast").textContent = ""), 8000);
}

// Phones.

const phones = Object.entries(PHONES).map(([person, chats]) => buildPhone(person, chats));
const views = phones.flatMap((phone) => phone.views);
tabs(find("people"), phones, (person) => openPhone(person));

function buildPhone(person, chats) {
  const phone = { id: person, icon: person, views: chats.map((chat) => new ChatView(app, person, chat)) };
  phone.name = h("h2");
  phone.under = h("div", { class: "under" }, phone.views.map((view) => view.line));
  phone.items = chats.map((chat) => ({ id: `${person}-${chat}`, icon: chat === "room" ? "room" : "private", view: null }));
  phone.items.forEach((item, at) => Object.assign(item, { view: phone.views[at] }));
  phone.strip = h("div", { class: "strip" });
  if (chats.length > 1) tabs(phone.strip, phone.items, (id) => openChat(phone, id));
  phone.views.forEach((view) => {
    view.node.id = `panel-${person}-${view.chat}`;
    if (chats.length > 1) view.node.setAttribute("role", "tabpanel");
  });
  const head = h("header", {}, h("span", { class: "avatar" }, icon(person)), h("div", {}, phone.name, phone.under));
  phone.node = h("section", { class: `phone ${person}`, id: `panel-${person}` }, head, chats.length > 1 && phone.strip, phone.views.map((view) => view.node));
  find("desk").append(phone.node);
  return phone;
}

function openPhone(person) {
  remembered.phone = person;
  remember();
  mark(phones, person);
  for (const phone of phones) phone.node.classList.toggle("open", phone.id === person);
  arrive(phones.find((phone) => phone.id === person));
}

function openChat(phone, id) {
  const chosen = phone.items.find((item) => item.id === id) ?? phone.items[0];
  remembered.open[phone.id] = chosen.view.chat;
  remember();
  mark(phone.items.filter((item) => item.tab), chosen.id);
  for (const view of phone.views) view.node.hidden = view.line.hidden = view !== chosen.view;
  arrive(phone);
}

// A chat that comes into sight shows its end.
function arrive(phone) {
  for (const view of phone.views) if (inSight(view)) view.scrollDown();
  countUnread();
}

const inSight = (view) => !document.hidden && view.node.offsetParent !== null;

function seen(view) {
  if (!inSight(view) || (remembered.read[view.key] ?? 0) >= view.last) return;
  remembered.read[view.key] = view.last;
  remember();
  countUnread();
}

function countUnread() {
  const unread = new Map(views.map((view) => [view, view.unreadSince(remembered.read[view.key] ?? 0)]));
  const label = app.texts().unread;
  for (const phone of phones) {
    for (const item of phone.items) if (item.tab) count(item, unread.get(item.view), label(unread.get(item.view)));
    const all = phone.views.reduce((sum, view) => sum + unread.get(view), 0);
    count(phone, all, label(all));
  }
}

// The bar.

for (const seconds of Object.keys(TEXTS.en.leaps)) {
  find("leaps").append(button({ "data-seconds": seconds, onclick: () => leap(Number(seconds)) }));
}
for (const choice of find("languages").children) choice.addEventListener("click", () => speak(choice.dataset.language));

async function leap(seconds) {
  if (moving) return;
  moving = true;
  find("clock").setAttribute("aria-busy", "true");
  await perform(() => wire.post("/clock", { advance: seconds }));
  find("clock").removeAttribute("aria-busy");
  moving = false;
}

function speak(chosen) {
  language = remembered.language = chosen;
  remember();
  render();
  tell();
}

const tell = () => wire.post("/language", { language }).catch(() => {});

function setClock(now) {
  offset = now - Date.now();
  showTime();
}

function showTime() {
  const now = Date.now() + offset;
  const shown = [format({ weekday: "short", day: "numeric", month: "short" }).format(now), app.time(now)];
  if (find("time").textContent !== shown.join("")) find("time").replaceChildren(...shown.map((part) => h("span", {}, part)));
}

function render() {
  const texts = app.texts();
  document.documentElement.lang = language;
  find("centre").textContent = setting.centre || texts.centre;
  document.title = texts.title;
  find("tagline").textContent = texts.tagline;
  find("offline").textContent = texts.offline;
  find("clock").setAttribute("aria-label", texts.time);
  find("leaps").title = texts.leap;
  for (const it of find("leaps").children) {
    it.textContent = texts.leaps[it.dataset.seconds];
    it.setAttribute("aria-label", `${texts.leap}: ${it.textContent}`);
  }
  find("languages").setAttribute("aria-label", texts.language);
  for (const it of find("languages").children) it.setAttribute("aria-pressed", String(it.dataset.language === language));
  find("people").setAttribute("aria-label", texts.people);
  for (const phone of phones) renderPhone(phone, texts);
  showTime();
  countUnread();
}

function renderPhone(phone, texts) {
  phone.name.textContent = phone.label.textContent = texts.person[phone.id];
  phone.node.setAttribute("aria-label", texts.person[phone.id]);
  phone.strip.setAttribute("aria-label", texts.chats);
  for (const item of phone.items) {
    if (item.tab) item.label.textContent = item.view.chat === "room" ? texts.chat.room : texts.chat.private;
    item.view.node.setAttribute("aria-label", item.view.title());
    item.view.render();
    item.view.scrollDown();
  }
}

// What happens.

const HAPPENINGS = {
  message: ({ chat, message }) => each(chat, (view) => view.show(message, { fired: Date.now() < firing })),
  removed: ({ chat, message }) => each(chat, (view) => view.forget(message)),
  menu: ({ chat, commands }) => each(chat, (view) => view.menu(commands)),
  reset: () => load(),
  clock: ({ now, leap }) => {
    setClock(now);
    if (!leap) return;
    firing = Date.now() + FIRED;
    find("announced").textContent = app.texts().moved(app.texts().leaps[leap] ?? lasting(leap * 1000));
    find("clock").classList.remove("moved");
    requestAnimationFrame(() => find("clock").classList.add("moved"));
  },
};

function each(chat, act) {
  for (const view of views) if (view.chat === chat) act(view);
}

function happen(event) {
  HAPPENINGS[event.type]?.(event);
  countUnread();
}

async function load() {
  const state = await wire.state();
  setting = { centre: state.centre, timezone: state.timezone };
  if (remembered.life !== state.life) Object.assign(remembered, { life: state.life, read: {} });
  setClock(state.now);
  for (const view of views) view.load(state.chats[view.chat]);
  render();
  for (const phone of phones) openChat(phone, `${phone.id}-${remembered.open[phone.id] ?? FIRST[phone.id]}`);
  openPhone(remembered.phone in PHONES ? remembered.phone : "reporter");
  tell();
  return state.mark;
}

async function begin() {
  try {
    const start = await load();
    document.body.classList.add("ready");
    wire.follow(start, { onEvent: happen, onOnline: (online) => (find("offline").hidden = online) });
  } catch {
    find("offline").hidden = false;
    setTimeout(begin, 2000);
  }
}

wide.addEventListener("change", () => phones.forEach(arrive));
document.addEventListener("visibilitychange", () => views.forEach(seen));
setInterval(showTime, 1000);
render();
begin();
