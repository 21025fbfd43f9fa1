// The account's articles with the public comments under them.
import { t } from "./i18n.js";
import { avatar, el, moment } from "./render.js";

const keyOf = (article, comment) => `${article}/${comment.id}`;
const lastAt = (a) => new Date(a.comments.at(-1)?.at ?? 0);

function face(name, kind) { return avatar(el("span", { class: `avatar ${kind}`, "aria-hidden": true }), name); }

function said(name, tags, text, at) {
  return el("div", { class: "comment-said" },
    el("p", { class: "comment-head" }, el("b", {}, name), ...tags.map((tag) => el("span", { class: "tag" }, tag)),
      el("time", { datetime: at }, moment(at))),
    el("p", { class: "comment-text" }, text));
}

function comment(article, c, who) {
  const tags = [c.openid === who.openid ? t("fromMe") : null, c.elected ? null : t("notElected")].filter(Boolean);
  const name = c.name || t("someone");
  return el("li", { class: "comment", "data-testid": "phone-comment", "data-key": keyOf(article.id, c) },
    face(name, ""), said(name, tags, c.text, c.at),
    c.reply ? el("div", { class: "answer", "data-testid": "phone-comment-reply" },
      face(who.account, "account"), said(who.account, [t("author")], c.reply.text, c.reply.at)) : null);
}

function numbers(a) {
  const shown = a.comments.length < a.total ? t("onlyLast", { n: a.comments.length }) : "";
  return el("p", { class: "hint numbers" }, t("commentCount", { n: a.total }), shown);
}

function draw(a, who) {
  const title = `article-${a.id}`;
  return el("article", { class: "article", "data-id": a.id, "aria-labelledby": title },
    el("h3", { id: title }, a.title), numbers(a),
    el("ol", {}, ...a.comments.map((c) => comment(a, c, who)).reverse()));
}

export class Articles {
  // who tells the account's name and the citizen's openid; unseen is told how
  // many replies came that nobody has looked at.
  constructor(panel, newer, who, unseen) {
    Object.assign(this, { panel, newer, who, unseen, list: [], count: 0, latest: "" });
    newer.addEventListener("click", () => this.look());
    panel.addEventListener("scroll", () => { if (this.inView()) this.seen(); });
  }

  show(list) {
    const sorted = [...list].sort((a, b) => lastAt(b) - lastAt(a));
    if (this.drawn && JSON.stringify(sorted) === JSON.stringify(this.list)) return;
    this.list = sorted;
    this.draw();
  }

  // reset makes the next list a new one, for another account or citizen.
  reset() {
    this.drawn = false;
    this.latest = "";
    this.panel.scrollTop = 0;
    this.seen();
  }

  draw() {
    this.drawn = true;
    this.panel.setAttribute("aria-busy", "true"); // the whole story is not news
    this.panel.replaceChildren(
      ...(this.list.length ? [el("p", { class: "hint" }, t("articlesHint")), ...this.list.map((a) => draw(a, this.who()))]
        : [el("p", { class: "empty" }, t("noArticles"))]));
    this.panel.removeAttribute("aria-busy");
  }

  add(article) {
    this.show([...this.list.filter((a) => a.id !== article.id), article]);
  }

  change({ article, comment: c }) {
    const a = this.list.find((one) => one.id === article);
    if (!a) return;
    const box = this.panel.querySelector(`[data-id="${a.id}"]`);
    const old = a.comments.findIndex((one) => one.id === c.id);
    const fresh = comment(a, c, this.who());
    if (old < 0) {
      a.comments.push(c);
      a.total++;
      box.querySelector(".numbers").replaceWith(numbers(a));
      box.querySelector("ol").prepend(fresh);
      return;
    }
    // The words of the comment stay, so that a screen reader reads the reply alone.
    const answered = c.reply && !a.comments[old].reply;
    a.comments[old] = c;
    const line = box.querySelector(`[data-key="${keyOf(a.id, c)}"]`);
    if (!answered) return line.replaceWith(fresh);
    const answer = fresh.querySelector(".answer");
    answer.classList.add("fresh");
    line.append(answer);
    this.latest = keyOf(a.id, c);
    if (this.inView()) return;
    this.newer.hidden = this.panel.hidden;
    this.unseen(++this.count);
  }

  inView() {
    const answer = this.panel.querySelector(`[data-key="${this.latest}"] .answer`);
    if (!answer || this.panel.hidden) return false;
    const [at, frame] = [answer.getBoundingClientRect(), this.panel.getBoundingClientRect()];
    return at.top < frame.bottom - 20 && at.bottom > frame.top + 20;
  }

  // look shows the newest reply, if there is one that was not seen yet.
  look() {
    if (this.count > 0) this.panel.querySelector(`[data-key="${this.latest}"]`)?.scrollIntoView({ block: "center" });
    this.seen();
  }

  seen() {
    this.newer.hidden = true;
    this.count = 0;
    this.unseen(0);
  }
}
