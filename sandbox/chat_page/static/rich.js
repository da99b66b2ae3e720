// Message HTML through an allow-list: elements that are not listed are replaced by their text.

const PLAIN = new Set(["B", "STRONG", "I", "EM", "U", "INS", "S", "STRIKE", "DEL", "CODE", "PRE", "BR"]);
const BLOCKS = new Set(["BLOCKQUOTE", "PRE"]);
const COMMAND = /(?<![\w/<])\/[a-zA-Z][a-zA-Z0-9_]{0,31}(?![\w/])/g;
const LINKS = new Set(["http:", "https:", "mailto:"]);

const overflow = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const quote = target.parentElement;
    if (quote && !quote.classList.contains("open")) {
      quote.classList.toggle("clipped", target.scrollHeight > target.clientHeight + 4);
    }
  }
});

export function renderRich(html, onCommand) {
  const parsed = new DOMParser().parseFromString(html || "", "text/html");
  const fragment = document.createDocumentFragment();
  copy(parsed.body, fragment, onCommand);
  return fragment;
}

// Quotes and spoilers that the reader opened stay open when the message is edited.
export function replaceRich(target, html, onCommand) {
  const opened = [...target.querySelectorAll(".foldable")].map((element) => element.classList.contains("open"));
  target.replaceChildren(renderRich(html, onCommand));
  target.querySelectorAll(".foldable").forEach((element, index) => opened[index] && open(element));
}

function copy(from, to, onCommand) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) copyText(node, to, onCommand);
    else if (node.nodeType === Node.ELEMENT_NODE) copyElement(node, to, onCommand);
  }
}

// Commands in plain text become buttons. The line break after a block is dropped: the block already ends its line.
function copyText(node, to, onCommand) {
  if (node.parentElement.closest("a, code, pre, .bot_command")) return to.append(node.data);
  const text = BLOCKS.has(node.previousSibling?.nodeName) ? node.data.replace(/^\n/, "") : node.data;
  let end = 0;
  for (const { 0: command, index } of text.matchAll(COMMAND)) {
    const button = makeCommand(command, onCommand);
    button.append(command);
    to.append(text.slice(end, index), button);
    end = index + command.length;
  }
  to.append(text.slice(end));
}

function copyElement(node, to, onCommand) {
  const element = translate(node, onCommand);
  if (!element) return copy(node, to, onCommand);
  to.append(element);
  copy(node, element.querySelector(".quote-body") ?? element, onCommand);
}

function translate(node, onCommand) {
  const classes = node.classList;
  if (PLAIN.has(node.tagName)) return document.createElement(node.tagName);
  if (node.tagName === "A") return makeLink(node);
  if (node.tagName === "BLOCKQUOTE") return makeQuote(classes.contains("expandable_blockquote") || node.hasAttribute("expandable"));
  if (node.tagName === "TG-SPOILER" || classes.contains("spoiler") || classes.contains("tg-spoiler")) return makeSpoiler();
  if (classes.contains("bot_command")) return makeCommand(node.textContent, onCommand);
  return null;
}

function makeLink(node) {
  const href = node.getAttribute("href") || "";
  if (!URL.canParse(href) || !LINKS.has(new URL(href).protocol)) return document.createElement("u");
  return Object.assign(document.createElement("a"), { href, target: "_blank", rel: "noopener noreferrer" });
}

function makeQuote(expandable) {
  const quote = document.createElement("blockquote");
  if (!expandable) return quote;
  const body = Object.assign(document.createElement("div"), { className: "quote-body" });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quote-more", textContent: "Show more" });
  quote.className = "foldable";
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => (quote.classList.contains("open") ? close(quote) : open(quote)));
  quote.append(body, button);
  overflow.observe(body);
  return quote;
}

function makeSpoiler() {
  const spoiler = document.createElement("span");
  spoiler.className = "spoiler foldable";
  spoiler.tabIndex = 0;
  spoiler.setAttribute("role", "button");
  spoiler.setAttribute("aria-label", "Hidden text. Press to show it.");
  spoiler.addEventListener("click", () => open(spoiler));
  spoiler.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open(spoiler);
  });
  return spoiler;
}

function makeCommand(text, onCommand) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "command-link" });
  button.addEventListener("click", () => onCommand(text));
  return button;
}

function open(element) {
  element.classList.add("open");
  if (element.classList.contains("spoiler")) {
    ["role", "aria-label", "tabindex"].forEach((name) => element.removeAttribute(name));
  } else {
    element.classList.add("clipped");
    label(element, "Show less", true);
  }
}

function close(element) {
  element.classList.remove("open");
  label(element, "Show more", false);
}

function label(quote, text, expanded) {
  const button = quote.querySelector(".quote-more");
  button.textContent = text;
  button.setAttribute("aria-expanded", String(expanded));
}
