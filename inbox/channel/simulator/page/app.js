// The citizen's phone: who writes to whom, the conversation, the composer.
import { get, post, postFile, Refused, watch } from "./api.js";
import { applyWords, language, remember, setLanguage, t } from "./i18n.js";
import { avatar, bubble, el, moment } from "./render.js";
import * as traffic from "./traffic.js";
import { Articles } from "./articles.js";
import { Faults } from "./faults.js";

const $ = (id) => document.getElementById(id);
const [thread, input, sheet, exchanges] = ["thread", "input", "sheet", "exchanges"].map($);
const textLimit = 2048; // bytes
const pause = 10 * 60 * 1000; // a gap that gets a time of its own
const wide = matchMedia("(min-width: 1200px)");

const now = { accounts: [], citizens: [], account: null, citizen: null, bubbles: [], windows: [], exchanges: [], stop: null };
const faults = new Faults($("faults"), () => now.account?.app_id ?? "", failed);

const articles = new Articles($("articles"), $("newer-reply"),
  () => ({ account: now.account.name, openid: now.citizen.openid }), (n) => news("articles", n));

const whom = () => ({ account: now.account.app_id, citizen: now.citizen.openid });

function toast(text, good = false) {
  $("toast").textContent = text;
  $("toast").classList.toggle("good", good);
  $("toast").hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { $("toast").hidden = true; }, 6000);
}

function failed(err) { toast(err instanceof Refused ? t("failedAction", { why: err.message }) : t("unreachable")); }

async function attempt(work) {
  try {
    await work();
    return true;
  } catch (err) {
    failed(err);
    return false;
  }
}

// --- the conversation ---

const names = () => ({ citizen: now.citizen.name, account: now.account.name });
const nearEnd = () => thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
function toEnd() { thread.scrollTop = thread.scrollHeight; $("newer").hidden = true; }

const tap = (item) => attempt(() => post("/sim/say", { ...whom(), text: item.content, menu_id: item.id }));

function lines(b, before) {
  const line = bubble(b, names(), tap);
  if (before && new Date(b.at) - new Date(before.at) < pause) return [line];
  return [el("div", { class: "when", "data-for": b.id }, moment(b.at)), line];
}

function drawThread() {
  thread.setAttribute("aria-busy", "true"); // the whole story is not news
  const all = now.bubbles.flatMap((b, i) => lines(b, now.bubbles[i - 1]));
  thread.replaceChildren(...(all.length ? all : [welcome()]));
  thread.removeAttribute("aria-busy");
}

function welcome() {
  if (!now.citizen.following) return "";
  return el("div", { class: "welcome" }, el("p", {}, t("emptyThread")),
    ...t("examples").map((text) => el("button", { type: "button", class: "choice", onclick: () => { input.value = text; grow(); input.focus(); } }, text)));
}

function show(b) {
  const at = now.bubbles.findIndex((old) => old.id === b.id);
  if (at >= 0) {
    now.bubbles[at] = b;
    change(thread.querySelector(`[data-id="${b.id}"]`), bubble(b, names(), tap));
    return;
  }
  const follow = nearEnd() || b.from === "citizen";
  if (now.bubbles.length === 0) thread.replaceChildren();
  const added = lines(b, now.bubbles.at(-1));
  added.at(-1).classList.add("fresh");
  thread.append(...added);
  now.bubbles.push(b);
  if ($("chat").hidden && b.from !== "citizen") news("chat", view.unread = (view.unread ?? 0) + 1);
  if (follow) toEnd();
  else $("newer").hidden = false;
}

// change updates the state of a line in place: the words stay, so nothing
// flickers and a screen reader does not read them again.
function change(old, fresh) {
  old.dataset.state = fresh.dataset.state;
  const labels = old.querySelector(".labels");
  if (labels) labels.replaceWith(fresh.querySelector(".labels"));
  else old.replaceChildren(...fresh.childNodes);
}

function typing(ms) {
  clearTimeout(typing.timer);
  $("chat-status").textContent = ms > 0 ? t("typing") : "";
  if (ms > 0) typing.timer = setTimeout(() => typing(0), ms);
}

// --- the two views ---

const tabs = ["chat", "articles"];

// news says on a tab how much came while nobody looked.
function news(name, n) {
  const count = $(`tab-${name}`).querySelector(".count");
  count.hidden = n === 0;
  count.textContent = n;
  count.setAttribute("aria-label", t("news", { n }));
}

function view(name) {
  for (const tab of tabs) {
    const chosen = tab === name;
    $(tab).hidden = !chosen;
    $(`tab-${tab}`).setAttribute("aria-selected", String(chosen));
    $(`tab-${tab}`).tabIndex = chosen ? 0 : -1;
  }
  if (name === "articles") return articles.look();
  $("newer-reply").hidden = true;
  if (view.unread) toEnd();
  news("chat", view.unread = 0);
}

// --- who ---

function fill(select, list, value, label, chosen) {
  select.replaceChildren(...list.map((x) => el("option", { value: value(x), selected: chosen && value(x) === value(chosen) }, label(x))));
}

function drawWho() {
  fill($("account"), now.accounts, (a) => a.app_id, (a) => a.name, now.account);
  fill($("citizen"), now.citizens, (c) => c.openid, (c) => c.name, now.citizen);
  if (!now.account || !now.citizen) return;
  $("chat-title").textContent = now.account.name;
  $("me").textContent = now.citizen.name;
  avatar($("account-avatar"), now.account.name);
  const following = now.citizen.following;
  $("follow").hidden = following;
  $("composer").hidden = !following;
  $("menu-bar").hidden = !following || now.account.menu.length === 0;
  if (!following) fold(false);
  $("menu-bar").replaceChildren(...now.account.menu.map((m) => el("button", {
    type: "button", onclick: () => happen(m.url ? "view" : "click", m.url || m.key),
  }, m.name)));
  drawFacts();
}

const happen = (event, key = "") => attempt(() => post("/sim/event", { ...whom(), event, key }));

function drawFacts() {
  const a = now.account;
  const modes = { plain: "modePlain", compatible: "modeCompatible", safe: "modeSafe" };
  const kinds = { message: "windowMessage", menu: "windowMenu", subscribe: "windowSubscribe", scan: "windowScan" };
  const open = now.windows.filter((w) => new Date(w.until) > new Date());
  const fact = (name, ...value) => [el("dt", {}, name), el("dd", {}, ...value)];
  $("facts").replaceChildren(
    ...fact(t("factMode"), `${t(modes[a.mode])} · ${a.format.toUpperCase()}`),
    ...fact(t("factHook"), el("code", {}, a.callback_url || t("noHook")),
      a.callback_url ? el("button", { type: "button", class: "plain small", onclick: verify }, t("check")) : null),
    ...fact(t("factWindow"), ...(open.length === 0 ? [t("noWindow")] : open.map((w) =>
      el("div", {}, t("windowLeft", { name: t(kinds[w.name]), n: w.left, at: moment(w.until) }))))));
}

const verify = () => attempt(async () => {
  await post("/sim/verify", { account: now.account.app_id });
  toast(t("checkOK"), true);
});

// look opens one conversation. Work that is overtaken by another choice stops.
async function look(appID, person) {
  const turn = (look.turn = (look.turn ?? 0) + 1);
  const { items } = await get("/sim/citizens", { account: appID });
  if (turn !== look.turn) return;
  now.stop?.();
  now.account = now.accounts.find((a) => a.app_id === appID);
  now.citizens = items;
  now.citizen = items.find((c) => c.openid === person || c.name === person) ?? items[0];
  now.bubbles = [];
  if (!now.citizen) return drawWho();
  remember("phone.account", appID);
  remember("phone.citizen", now.citizen.name);
  typing(0);
  drawWho();
  faults.draw();
  articles.reset();
  news("chat", view.unread = 0);
  now.stop = watch(appID, now.citizen.openid, listeners, (up) => { $("offline").hidden = up; });
}

const listeners = {
  snapshot(s) {
    const end = nearEnd() || now.bubbles.length === 0;
    const fresh = JSON.stringify(s.bubbles) !== JSON.stringify(now.bubbles);
    Object.assign(now, { account: s.account, citizen: s.citizen, bubbles: s.bubbles, windows: s.windows, exchanges: s.exchanges });
    if (fresh || s.bubbles.length === 0) drawThread();
    if (end) toEnd();
    drawWho();
    faults.show(s.faults);
    articles.show(s.articles);
    drawTraffic();
  },
  bubble: show,
  citizen(c) {
    Object.assign(now.citizens.find((x) => x.openid === c.openid) ?? {}, c);
    now.citizen = c;
    drawWho();
  },
  windows(w) { now.windows = w; drawFacts(); },
  typing({ ms }) { typing(ms); },
  exchange(x) {
    now.exchanges.push(x);
    $("no-exchanges").hidden = true;
    traffic.add(exchanges, x);
  },
  faults(rules) { faults.show(rules); },
  article(a) { articles.add(a); },
  comment(c) { articles.change(c); },
};

function drawTraffic() {
  traffic.draw(exchanges, now.exchanges);
  $("no-exchanges").hidden = now.exchanges.length > 0;
}

// --- writing ---

function grow() {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight + 2, 132)}px`;
  $("send").disabled = input.value.trim() === "";
}

async function send() {
  const text = input.value.trim();
  if (!text || send.busy) return;
  if (new TextEncoder().encode(text).length > textLimit) return toast(t("tooLong"));
  send.busy = true;
  if (await attempt(() => post("/sim/say", { ...whom(), text }))) {
    if (input.value.trim() === text) input.value = "";
    fold(false);
  }
  send.busy = false;
  grow();
}

function fold(open) {
  sheet.hidden = !open;
  $("more").setAttribute("aria-expanded", String(open));
  sheet.querySelector(".places")?.remove();
}

const imageTypes = ["image/png", "image/jpeg", "image/gif", "image/bmp"];

async function sendImage(file) {
  if (!file) return;
  if (!imageTypes.includes(file.type) || file.size > 10 << 20) return toast(t("badImage"));
  if (await attempt(() => postFile("/sim/image", { ...whom(), name: file.name }, file))) fold(false);
}

const actions = {
  image: () => $("file").click(),
  location() {
    sheet.querySelector(".places")?.remove();
    const places = el("div", { class: "places" }, ...t("places").map(([label, latitude, longitude]) => el("button", {
      type: "button", class: "choice",
      onclick: async () => { if (await attempt(() => post("/sim/location", { ...whom(), label, latitude, longitude }))) fold(false); },
    }, label)));
    sheet.append(places);
    places.querySelector("button").focus();
  },
  voice: async () => { if (await attempt(() => postFile("/sim/voice", whom()))) fold(false); },
  link: async () => {
    const body = { ...whom(), title: t("linkTitle"), description: t("linkText"), url: new URL("/phone", location.origin).href };
    if (await attempt(() => post("/sim/link", body))) fold(false);
  },
  scan: async () => { if (await happen("scan", "hall-1")) fold(false); },
  follow: () => happen("follow"),
  unfollow: () => happen("unfollow"),
};

// --- the page ---

function panel(button, section, open) {
  $(button).setAttribute("aria-expanded", String(open));
  document.body.classList.toggle(`with-${section}`, open);
}

const isOpen = (button) => $(button).getAttribute("aria-expanded") === "true";

function redraw() {
  applyWords();
  $("language").textContent = language() === "zh" ? "English" : "中文";
  $("language").lang = language() === "zh" ? "en" : "zh-CN";
  if (!now.citizen) return;
  drawWho();
  drawThread();
  drawTraffic();
  faults.draw();
  articles.draw();
}

function dark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function listen() {
  $("composer").addEventListener("submit", (e) => { e.preventDefault(); send(); });
  // While an input method composes, Enter chooses a word and must not send.
  input.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || e.keyCode === 229) return;
    e.preventDefault();
    send();
  });
  input.addEventListener("input", grow);
  input.addEventListener("paste", (e) => {
    const file = [...e.clipboardData.files].find((f) => f.type.startsWith("image/"));
    if (file) { e.preventDefault(); sendImage(file); }
  });
  $("file").addEventListener("change", (e) => { sendImage(e.target.files[0]); e.target.value = ""; });
  $("more").addEventListener("click", () => fold(sheet.hidden));
  for (const tab of tabs) $(`tab-${tab}`).addEventListener("click", () => view(tab));
  $("tabs").addEventListener("keydown", (e) => {
    if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
    view($("chat").hidden ? "chat" : "articles");
    $("tabs").querySelector('[aria-selected="true"]').focus();
  });
  $("skip").addEventListener("click", () => view("chat")); // the box to write in is there
  document.addEventListener("click", (e) => {
    const action = e.target.closest("[data-do]")?.dataset.do;
    if (action) actions[action]();
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.isComposing) return;
    if (!sheet.hidden) { fold(false); $("more").focus(); }
    else if (!wide.matches && isOpen("toggle-traffic")) { panel("toggle-traffic", "traffic", false); $("toggle-traffic").focus(); }
    else if (isOpen("open-settings")) { panel("open-settings", "settings", false); $("open-settings").focus(); }
  });
  // Who reads the end keeps reading the end when a panel or the keyboard opens.
  let atEnd = true;
  thread.addEventListener("scroll", () => {
    atEnd = nearEnd();
    if (atEnd) $("newer").hidden = true;
  });
  new ResizeObserver(() => { if (atEnd) toEnd(); }).observe(thread);
  $("newer").addEventListener("click", toEnd);
  $("account").addEventListener("change", (e) => attempt(() => look(e.target.value, now.citizen?.name)));
  $("citizen").addEventListener("change", (e) => attempt(() => look(now.account.app_id, e.target.value)));
  $("new-citizen").addEventListener("click", () => attempt(async () => {
    const citizen = await post("/sim/citizens", { account: now.account.app_id, name: "" });
    await look(now.account.app_id, citizen.openid);
  }));
  for (const [button, section] of [["toggle-traffic", "traffic"], ["open-settings", "settings"]]) {
    $(button).addEventListener("click", () => {
      const open = !isOpen(button);
      if (open && !wide.matches) { panel("toggle-traffic", "traffic", false); panel("open-settings", "settings", false); }
      panel(button, section, open);
      if (section === "traffic" && wide.matches) remember("phone.traffic", open ? "open" : "folded");
    });
  }
  wide.addEventListener("change", () => panel("toggle-traffic", "traffic", wide.matches && remember("phone.traffic") !== "folded"));
  $("language").addEventListener("click", () => { setLanguage(language() === "zh" ? "en" : "zh"); redraw(); });
  $("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    remember("phone.theme", document.documentElement.dataset.theme);
  });
}

async function begin() {
  const asked = new URLSearchParams(location.search);
  const theme = asked.get("theme") ?? remember("phone.theme");
  if (theme) document.documentElement.dataset.theme = theme;
  panel("toggle-traffic", "traffic", wide.matches && remember("phone.traffic") !== "folded");
  redraw();
  listen();
  grow();
  await attempt(async () => {
    now.accounts = (await get("/sim/accounts")).items;
    if (now.accounts.length === 0) return toast(t("noAccounts"));
    const wanted = asked.get("account") ?? remember("phone.account");
    const account = now.accounts.find((a) => a.app_id === wanted || a.name === wanted) ?? now.accounts[0];
    if (asked.get("tab") === "articles") view("articles");
    await faults.load();
    await look(account.app_id, asked.get("citizen") ?? remember("phone.citizen"));
    $("new-citizen").disabled = false; // from here on there is an account they can write to
    if (!$("chat").hidden && matchMedia("(hover: hover)").matches) input.focus();
  });
  setInterval(() => { if (now.account) drawFacts(); }, 30000); // windows close with time
}

begin();
