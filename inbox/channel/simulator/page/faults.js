// The fault drill panel.
import { get, post } from "./api.js";
import { t } from "./i18n.js";
import { el } from "./render.js";

const choices = {
  off: { probability: 0, count: 0 },
  once: { probability: 0, count: 1 },
  half: { probability: 0.5, count: 0 },
  always: { probability: 1, count: 0 },
};

const choiceOf = (rule) => (!rule ? "off" : rule.count > 0 ? "once" : rule.probability < 1 ? "half" : "always");

export class Faults {
  constructor(root, account, failed) {
    this.rows = root.querySelector("#fault-rows");
    this.count = root.querySelector("#fault-count");
    this.account = account; // a function: the account shown now
    this.failed = failed;
    this.known = [];
    this.rules = [];
    root.addEventListener("change", (e) => {
      if (e.target.name === "scope") this.draw();
      if (e.target.dataset.fault) this.set(e.target.dataset.fault, e.target.value);
    });
    const click = (id, body) => root.querySelector(id).addEventListener("click", () => this.send(body()));
    click("#kill-tokens", () => ({ kill_tokens: true, account: this.scope() }));
    click("#expire-media", () => ({ expire_media: true, account: this.scope() }));
    click("#clear-faults", () => ({ clear: true }));
    this.root = root;
  }

  async load() {
    const answer = await get("/sim/faults");
    this.known = answer.known;
    this.show(answer.items);
  }

  show(rules) {
    this.rules = rules;
    this.draw();
  }

  scope() {
    return this.root.querySelector('input[name="scope"]:checked').value === "all" ? "" : this.account();
  }

  draw() {
    const scope = this.scope();
    const focused = document.activeElement?.dataset?.fault;
    this.rows.replaceChildren(...this.known.map((fault) => {
      const now = choiceOf(this.rules.find((r) => r.fault === fault && r.account === scope));
      const pick = el("select", { "data-fault": fault },
        ...Object.keys(choices).map((c) => el("option", { value: c, selected: c === now }, t(c))));
      return el("label", { class: now === "off" ? "fault" : "fault on" }, el("span", {}, t(`f_${fault}`)), pick);
    }));
    if (focused) this.rows.querySelector(`[data-fault="${focused}"]`)?.focus();
    this.count.hidden = this.rules.length === 0;
    this.count.textContent = String(this.rules.length);
  }

  set(fault, choice) {
    return this.send({ rules: [{ fault, account: this.scope(), ...choices[choice] }] });
  }

  async send(body) {
    try {
      this.show((await post("/sim/faults", body)).items);
    } catch (err) {
      this.failed(err);
    }
  }
}
