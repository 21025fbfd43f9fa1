// Draws the conversation. Text from outside is only ever set as text, never as
// markup.
import { language, t } from "./i18n.js";

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return node;
}

const locale = () => (language() === "zh" ? "zh-CN" : "en-GB");

export const clock = (at) => new Date(at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", hour12: false });

// moment is a time with its day where that is not today.
export function moment(at) {
  const day = new Date(at), now = new Date();
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return clock(at);
  if (days === 1) return `${t("yesterday")} ${clock(at)}`;
  return `${day.toLocaleDateString(locale(), { month: "short", day: "numeric" })} ${clock(at)}`;
}

const hues = 6;
// avatar is the first character of a name on one of a few colours.
export function avatar(node, name) {
  const code = [...name].reduce((sum, ch) => sum + ch.codePointAt(0), 0);
  node.textContent = [...name][0] ?? "";
  node.dataset.hue = String(code % hues);
  return node;
}

const safeLink = (href) => /^https?:\/\/|^\/sim\//i.test(href ?? "");

function link(href, ...children) {
  return safeLink(href) ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children) : el("span", {}, ...children);
}

// rich turns <a href="…">…</a>, the only markup the platform shows, into links.
function rich(text) {
  const parts = document.createDocumentFragment();
  const pattern = /<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>([\s\S]*?)<\/a>/gi;
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    parts.append(text.slice(from, found.index), link(found[1] ?? found[2], found[3]));
    from = found.index + found[0].length;
  }
  parts.append(text.slice(from));
  return parts;
}

// card is a title with a line of text. Its picture is left out: it would come
// from a foreign host, which this page never asks.
function card(href, title, text) {
  const inside = [el("b", {}, title), text ? el("span", { class: "card-text" }, text) : null];
  return el("span", { class: "card" }, href ? link(href, ...inside) : el("span", {}, ...inside));
}

function menu(details, tap) {
  return el("div", { class: "choices" },
    details.head ? el("p", {}, details.head) : null,
    ...(details.items ?? []).map((item) => el("button", { type: "button", class: "choice", onclick: () => tap(item) }, item.content)),
    details.tail ? el("p", {}, details.tail) : null);
}

const mediaURL = (id) => `/sim/media/${encodeURIComponent(id)}`;

// content is the inside of a bubble.
function content(b, tap) {
  const d = b.details ?? {};
  switch (b.type) {
    case "text": return rich(b.text ?? "");
    case "image": {
      const picture = el("img", { src: mediaURL(d.media_id), alt: t("image"), loading: "lazy" });
      picture.addEventListener("error", () => picture.replaceWith(`[${t("image")} · ${t("expires")}]`));
      return picture;
    }
    case "voice": return el("span", { class: "voice" }, t("voiceText"));
    case "video": case "shortvideo": return card(mediaURL(d.media_id), t("video"), d.title);
    case "location": return card("", d.title || t("location"), `${(d.latitude ?? 0).toFixed(4)}, ${(d.longitude ?? 0).toFixed(4)}`);
    case "link": return card(d.url, d.title, d.description);
    case "news": {
      const a = d.articles?.[0] ?? {};
      return card(a.url, a.title || t("articleText"), a.description);
    }
    case "msgmenu": return menu(d, tap);
    case "music": return card(d.url, d.title || t("musicText"), d.description);
    case "miniprogrampage": return card("", d.title || t("programText"), t("programText"));
    case "mpnews": case "mpnewsarticle": return card("", t("articleText"));
    case "wxcard": return card("", t("cardText"));
  }
  return t("unknownText", { type: b.type });
}

function eventText(d) {
  switch (d.event) {
    case "subscribe": return t(d.event_key ? "evScanSubscribe" : "evSubscribe");
    case "unsubscribe": return t("evUnsubscribe");
    case "SCAN": return t("evScan");
    case "CLICK": return t("evClick");
    case "VIEW": return t("evView");
  }
  return t("evOther", { name: d.event });
}

const stateText = (b) => t(b.state, { n: b.attempts ?? 0 });

// bubble draws one line of the conversation. data-direction is the phone's own
// view: out is written here, in arrived here.
export function bubble(b, names, tap) {
  const node = el("div", { class: "line", "data-testid": "phone-bubble", "data-id": b.id, "data-type": b.type, "data-from": b.from });
  if (b.state) node.dataset.state = b.state;
  node.dataset.direction = b.from === "citizen" ? "out" : "in";
  if (b.from === "platform" || b.type === "event") {
    const text = b.type === "event" ? eventText(b.details ?? {}) : b.text;
    node.classList.add("notice");
    if (b.from === "platform") node.classList.add("trouble");
    node.append(el("span", {}, text, b.state && b.state !== "accepted" ? el("span", { class: "state" }, ` · ${stateText(b)}`) : null));
    return node;
  }
  const mine = b.from === "citizen";
  const face = avatar(el("span", { class: mine ? "avatar" : "avatar account", "aria-hidden": true }), mine ? names.citizen : names.account);
  const labels = el("div", { class: "labels" });
  if (mine) labels.append(el("span", { class: "state" }, stateText(b)));
  if (b.agent) labels.append(el("span", {}, t("agent", { name: b.agent })));
  if (b.ai) labels.append(el("span", { class: "tag" }, t("ai")));
  if (b.passive) labels.append(el("span", { class: "tag" }, t("passive")));
  labels.append(el("time", { datetime: b.at }, clock(b.at)));
  node.append(face, el("div", { class: "said" },
    el("span", { class: "sr" }, `${mine ? t("fromMe") : t("fromDesk")}: `),
    el("div", { class: `bubble ${b.type}` }, content(b, tap)), labels));
  return node;
}
