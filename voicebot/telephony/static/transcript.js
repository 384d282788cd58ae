// The conversation in writing: who said what and when, which prompts were cut short, how it ended.

export function clockTime(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

export class Transcript {
  constructor(node, say) {
    this.node = node;
    this.say = say;
    this.clear();
  }

  clear() {
    this.node.replaceChildren();
    this.unheard = []; // prompts in the order in which they will be heard: { item, mark }
    this.keys = null;
  }

  add(kind, text, seconds) {
    const item = document.createElement("p");
    item.className = kind;
    item.append(text);
    if (kind === "caller" || kind === "bot") {
      const speaker = document.createElement("span");
      speaker.className = "hidden";
      speaker.textContent = `${this.say(kind)}: `;
      item.prepend(speaker);
      item.lang = "zh-CN";
      item.dataset.at = clockTime(seconds);
    }
    this.append(item);
    this.keys = null;
    if (kind === "bot") this.unheard.push({ item, mark: null });
    return item;
  }

  // Digits in a row share a line.
  key(digit, seconds) {
    const keys = this.keys ?? this.add("caller", `${this.say("keys")} `, seconds);
    keys.append(digit);
    this.keys = keys;
  }

  // The line has sent the whole of its oldest prompt, and calls its end so.
  queued(mark) {
    const prompt = this.unheard.find((each) => each.mark === null);
    if (prompt) prompt.mark = mark;
  }

  heard(mark) {
    this.unheard = this.unheard.filter((each) => each.mark !== mark);
  }

  // What was not heard to its end will not be.
  cut() {
    this.unheard.forEach(({ item }) => {
      item.classList.add("cut");
      item.dataset.cut = this.say("cut");
    });
    this.unheard = [];
  }

  outcome(title, facts, summary) {
    const card = document.createElement("div");
    card.className = "outcome";
    const heading = document.createElement("strong");
    heading.textContent = title;
    card.append(heading);
    facts.forEach(([name, value]) => {
      const fact = document.createElement("span");
      fact.textContent = `${name} ${value}`;
      card.append(fact);
    });
    if (summary.length > 0) {
      const heads = document.createElement("p");
      heads.textContent = this.say("toHuman");
      const list = document.createElement("ul");
      list.lang = "zh-CN";
      summary.forEach((text) => {
        const point = document.createElement("li");
        point.textContent = text;
        list.append(point);
      });
      card.append(heads, list);
    }
    this.append(card);
  }

  append(item) {
    this.node.append(item);
    this.node.scrollTop = this.node.scrollHeight;
  }
}
