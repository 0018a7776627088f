// Making elements. Text given here stays text.

export const $ = (id) => document.getElementById(id);

/** An element with attributes (null: leave it out) and children (strings or nodes). */
export function html(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** A sentence in which `backticks` mark code. */
export function prose(text) {
  return text.split(/(`[^`]+`)/).map((part) => (part.startsWith("`") ? html("code", {}, part.slice(1, -1)) : part));
}

/** Indented JSON as coloured pieces. */
export function highlight(json) {
  const pieces = [];
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\b(?:true|false|null)\b/g;
  let at = 0;
  for (const match of json.matchAll(token)) {
    pieces.push(json.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2] !== undefined) pieces.push(html("span", { class: "k" }, match[1]), match[2]);
    else if (match[1] !== undefined) pieces.push(html("span", { class: "s" }, match[1]));
    else pieces.push(html("span", { class: /^[tfn]/.test(match[0]) ? "w" : "n" }, match[0]));
  }
  pieces.push(json.slice(at));
  return pieces;
}
