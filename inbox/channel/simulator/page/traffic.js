// The protocol panel: one foldable row an exchange, newest first.
import { t } from "./i18n.js";
import { el } from "./render.js";

const shownAtMost = 200;

const two = (n) => String(n).padStart(2, "0");
const time = (at) => {
  const d = new Date(at);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, "0")}`;
};

// pretty lays XML and JSON out to be read; anything else stays as it is.
function pretty(text) {
  try {
    if (text.startsWith("{")) return JSON.stringify(JSON.parse(text.replace(/:(\d{16,})/g, ':"$1"')), null, 2);
  } catch { return text; }
  if (text.startsWith("<xml>")) return text.replace(/>\s*<(?!!)/g, (m) => (m[1] === "<" ? ">\n<" : m)).replace(/\n<(?!\/?xml>)/g, "\n  <");
  return text;
}

function block(name, text, tidy) {
  if (!text) return null;
  return el("div", { class: "block" }, el("h3", {}, name), el("pre", { tabindex: "0" }, tidy ? pretty(text) : text));
}

function status(x) {
  if (x.error && !x.status) return [t("noAnswer"), "bad"];
  if (x.errcode) return [`errcode ${x.errcode}`, "bad"];
  if (x.error || x.status >= 400) return [String(x.status), "bad"];
  return [String(x.status), "good"];
}

const kinds = { callback: "kindCallback", verify: "kindVerify", api: "kindAPI" };

// subject is the message type or event that an exchange is about.
function subject(x) {
  const text = x.request_plain || x.request_body || "";
  const found = (name) => text.match(new RegExp(`"?\\b${name}\\b"?\\s*[>:]\\s*(?:<!\\[CDATA\\[|")?(\\w+)`, "i"))?.[1];
  const type = found("MsgType");
  return type === "event" ? `${type} ${found("Event")}` : type ?? "";
}

function path(url) {
  try { return new URL(url, location.origin).pathname; } catch { return url; }
}

export function exchange(x) {
  const [text, kind] = status(x);
  const inbound = x.kind === "api";
  const row = el("details", { class: "exchange", "data-id": x.id },
    el("summary", {},
      el("span", { class: `way ${inbound ? "up" : "down"}`, title: t(inbound ? "toPlatform" : "toDesk") }, inbound ? "⇠" : "⇢"),
      el("span", { class: "what" },
        el("b", {}, t(kinds[x.kind])), " ", el("span", { class: "path" }, `${x.method} ${path(x.url)}`),
        " ", el("span", { class: "subject" }, subject(x))),
      el("span", { class: `status ${kind}` }, text),
      el("span", { class: "meta" },
        time(x.at), ` · ${(x.took_ns / 1e6).toFixed(x.took_ns < 1e7 ? 1 : 0)} ms`,
        x.attempt > 1 ? ` · ${t("try", { n: x.attempt })}` : "",
        x.fault ? el("span", { class: "drill" }, ` · ${t("fault")}: ${t(`f_${x.fault}`)}`) : null)));
  // The bodies are drawn when somebody wants to read them.
  row.addEventListener("toggle", () => row.append(...bodies(x).filter(Boolean)), { once: true });
  return row;
}

const bodies = (x) => [
  block(t("problem"), x.error),
  block(t("request"), `${x.method} ${x.url}\n\n${x.request_body ?? ""}`.trim()),
  block(t("requestPlain"), x.request_plain, true),
  block(t("response"), x.status ? `HTTP ${x.status}\n\n${x.response_body ?? ""}`.trim() : ""),
  block(t("responsePlain"), x.response_plain, true),
];

// draw shows a list anew; add puts one on top and keeps what is unfolded.
export function draw(box, list) {
  box.replaceChildren(...list.slice(-shownAtMost).reverse().map(exchange));
}

export function add(box, x) {
  box.prepend(exchange(x));
  while (box.children.length > shownAtMost) box.lastElementChild.remove();
}
