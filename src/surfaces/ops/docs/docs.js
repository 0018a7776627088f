// The reference page: draws an OpenAPI 3.1 document and sends requests. No framework, nothing from elsewhere.
// Whatever comes from a document or a server becomes text nodes, never markup.
import { exampleOf, fieldList, typeName } from "./schema.js";
import { $, highlight, html, prose } from "./page.js";

const DOCUMENTS = [
  { name: "Shop API", url: "/api/v1/openapi.json", login: "/api/v1/auth/login/" },
  { name: "Customer API", url: "/api/auth/openapi.json", login: "/api/auth/jwt/" },
];
const METHODS = ["get", "post", "put", "patch", "delete"];

let chosen = DOCUMENTS[0];
let api = null;
let token = "";

const resolve = (thing) => {
  let found = thing;
  for (let hops = 0; found && found.$ref && hops < 10; hops += 1) {
    found = found.$ref.slice(2).split("/").reduce((at, key) => at?.[key], api);
  }
  return found ?? {};
};

// ---- Operations -------------------------------------------------------------------------------------------

function operations() {
  const list = [];
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      if (item[method]) list.push({ path, method, ...item[method] });
    }
  }
  return list;
}

function accessOf(operation) {
  const security = operation.security ?? api.security ?? [];
  if (security.length === 0) return { text: "public", kind: "" };
  if (operation.responses["403"] && operation.description?.startsWith("Admins only")) {
    return { text: "admin", kind: "admin" };
  }
  return { text: security.some((s) => Object.keys(s).length === 0) ? "log-in optional" : "log-in", kind: "" };
}

function pathText(path) {
  return html("span", { class: "path" }, ...path.split(/(\{[^}]+\})/).map((part) =>
    part.startsWith("{") ? html("span", { class: "parameter" }, part) : part));
}

function parametersOf(operation) {
  return (operation.parameters ?? []).map(resolve);
}

function drawParameters(list) {
  if (list.length === 0) return [];
  return [
    html("h3", {}, "Parameters"),
    html("ul", { class: "fields" }, ...list.map((p) => html("li", {},
      html("span", { class: "name" }, p.name),
      p.required ? html("span", { class: "required", title: "required" }, " *") : "",
      html("span", { class: "type" }, `${typeName(p.schema, resolve)} in ${p.in}`),
      p.description ? html("span", { class: "about" }, ...prose(p.description)) : ""))),
  ];
}

function drawBody(operation) {
  const content = resolve(operation.requestBody).content;
  if (!content) return [];
  const schema = content["application/json"]?.schema ?? Object.values(content)[0].schema;
  const kinds = Object.keys(content).join(" or ");
  return [
    html("h3", {}, "Body"),
    html("p", { class: "quiet" }, kinds),
    fieldList(schema, resolve),
  ];
}

function drawAnswer(status, given) {
  const answer = resolve(given);
  const label = [html("span", { class: `status s${status[0]}` }, status), html("span", {}, ...prose(answer.description ?? ""))];
  const media = answer.content?.["application/json"];
  if (!media) return html("div", { class: "answer plain" }, html("summary", {}, ...label));
  return html("details", { class: "answer" },
    html("summary", {}, ...label),
    html("div", {},
      fieldList(media.schema, resolve),
      html("pre", { tabindex: "0" }, ...highlight(JSON.stringify(media.example ?? exampleOf(media.schema, resolve), null, 2)))));
}

// ---- Trying -----------------------------------------------------------------------------------------------

function drawTry(operation) {
  const list = parametersOf(operation);
  const inputs = list.map((p) => ({ p, input: html("input", {
    name: p.name, placeholder: p.schema?.example ?? typeName(p.schema, resolve), autocomplete: "off", spellcheck: "false",
    required: p.required ? "" : null, value: p.in === "path" ? "1" : "" }) }));
  const content = resolve(operation.requestBody).content?.["application/json"];
  const body = content && html("textarea", { rows: "9", spellcheck: "false", autocomplete: "off" });
  if (body) {
    body.value = JSON.stringify(exampleOf(content.schema, resolve), null, 2);
    body.rows = Math.min(18, body.value.split("\n").length + 1);
  }
  const files = fileFieldsOf(operation).map((name) => html("input", { type: "file", name, accept: "image/*" }));
  const out = html("div", { class: "got", "aria-live": "polite" });
  const send = html("button", { class: "button primary", type: "submit" }, "Send");
  const form = html("form", { class: "try" },
    html("h3", {}, "Try it"),
    ...inputs.map(({ p, input }) => html("label", {},
      html("span", {}, p.name, p.required ? html("span", { class: "required" }, " *") : ""), input)),
    body ? html("label", { class: "tall" }, html("span", {}, "body"), body) : "",
    ...files.map((input) => html("label", {}, html("span", {}, input.name), input)),
    html("div", { class: "row" }, send, html("button", { class: "button", type: "button", "data-curl": "" }, "Copy as curl")),
    out);
  const request = () => buildRequest(operation, inputs, body, files);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      await sendRequest(request(), out);
    } catch (problem) {
      out.replaceChildren(html("p", { class: "notice" }, problem.message));
    }
    send.disabled = false;
  });
  form.querySelector("[data-curl]").addEventListener("click", async (event) => {
    await navigator.clipboard?.writeText(curlOf(request()));
    event.target.textContent = "Copied";
    setTimeout(() => { event.target.textContent = "Copy as curl"; }, 1500);
  });
  return form;
}

/// Names of the fields that hold a file where the body comes as multipart/form-data.
function fileFieldsOf(operation) {
  const form = resolve(operation.requestBody).content?.["multipart/form-data"];
  if (!form) return [];
  const fields = Object.entries(resolve(form.schema).properties ?? {});
  return fields.filter(([, schema]) => schema.format === "binary").map(([name]) => name);
}

/// A chosen file makes the request a form: the body's fields, all but the file's, go along as text.
function formOf(body, files) {
  let fields;
  try {
    fields = JSON.parse(body?.value || "{}");
  } catch {
    throw new Error("The body is no JSON: its fields cannot go along with the file.");
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && !files.some((input) => input.name === name)) form.append(name, String(value));
  }
  for (const input of files) if (input.files.length) form.append(input.name, input.files[0]);
  return form;
}

function buildRequest(operation, inputs, body, files) {
  let path = operation.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { p, input } of inputs) {
    if (p.in === "path") path = path.replace(`{${p.name}}`, encodeURIComponent(input.value));
    else if (input.value !== "" && p.in === "query") query.append(p.name, input.value);
    else if (input.value !== "") headers[p.name] = input.value;
  }
  if (token) headers.Authorization = `Bearer ${token}`;
  const form = files.some((input) => input.files.length) ? formOf(body, files) : undefined;
  if (body && !form) headers["Content-Type"] = "application/json";
  const text = query.toString();
  return { url: path + (text ? `?${text}` : ""), method: operation.method.toUpperCase(), headers, body: form ?? body?.value };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlOf(request) {
  const parts = [`curl -X ${request.method} ${quoted(location.origin + request.url)}`];
  for (const [name, value] of Object.entries(request.headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (request.body instanceof FormData) {
    for (const [name, value] of request.body) parts.push(`-F ${quoted(`${name}=${value instanceof File ? `@${value.name}` : value}`)}`);
  } else if (request.body !== undefined) parts.push(`-d ${quoted(request.body)}`);
  return parts.join(" \\\n  ");
}

async function sendRequest(request, out) {
  const begun = performance.now();
  try {
    const answer = await fetch(request.url, {
      method: request.method, headers: request.headers, body: request.body, credentials: "omit", cache: "no-store" });
    const text = await answer.text();
    const took = performance.now() - begun;
    out.replaceChildren(
      html("div", { class: "row" },
        html("span", { class: `status s${String(answer.status)[0]}` }, `${answer.status} ${answer.statusText}`),
        html("span", { class: "quiet" }, `${took.toFixed(took < 10 ? 1 : 0)} ms, ${new Blob([text]).size} bytes`)),
      html("pre", { tabindex: "0" }, ...pretty(text)),
      html("details", {}, html("summary", {}, "Headers"),
        html("pre", { class: "headers", tabindex: "0" }, [...answer.headers].map(([n, v]) => `${n}: ${v}`).join("\n"))));
  } catch {
    out.replaceChildren(html("p", { class: "notice" }, "The server did not answer."));
  }
}

function pretty(text) {
  try {
    return highlight(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    return [text === "" ? "(empty)" : text];
  }
}

// ---- The page ---------------------------------------------------------------------------------------------

function drawOperation(operation) {
  const access = accessOf(operation);
  const card = html("details", { class: "operation", id: operation.operationId },
    html("summary", {},
      html("span", { class: `method ${operation.method}` }, operation.method.toUpperCase()),
      pathText(operation.path),
      html("span", { class: "what" }, operation.summary ?? ""),
      html("span", { class: `access ${access.kind}` }, access.text)));
  // Most cards stay closed: their inside is drawn when they are first opened.
  card.addEventListener("toggle", () => {
    if (!card.open || card.querySelector(".inside")) return;
    card.append(html("div", { class: "inside" },
      html("div", {},
        operation.description ? html("p", {}, ...prose(operation.description)) : "",
        ...drawParameters(parametersOf(operation)),
        ...drawBody(operation),
        html("h3", {}, "Answers"),
        html("div", { class: "answers" }, ...Object.entries(operation.responses).map(([s, r]) => drawAnswer(s, r)))),
      drawTry(operation)));
  });
  return card;
}

function draw() {
  const all = operations();
  const groups = api.tags.map((tag) => ({ tag, list: all.filter((o) => o.tags?.includes(tag.name)) }));
  $("main").replaceChildren(
    html("section", { class: "intro" },
      html("h1", {}, api.info.title),
      html("div", { class: "facts" },
        html("span", { class: "pill" }, `version ${api.info.version}`),
        html("span", { class: "pill" }, `${all.length} operations`),
        html("a", { class: "pill", href: chosen.url }, "OpenAPI document")),
      html("p", {}, ...prose(api.info.description ?? ""))),
    ...groups.map(({ tag, list }) => html("section", { class: "group" },
      html("h2", {}, tag.name), html("p", {}, ...prose(tag.description ?? "")), ...list.map(drawOperation))));
  $("toc").replaceChildren(...groups.map(({ tag, list }) => html("div", { class: "toc-group" },
    html("h2", {}, tag.name),
    html("ul", {}, ...list.map((o) => html("li", { "data-text": `${o.method} ${o.path} ${o.summary}`.toLowerCase() },
      html("a", { href: `#${o.operationId}` },
        html("span", { class: `method ${o.method}` }, o.method === "delete" ? "DEL" : o.method.toUpperCase()),
        html("span", {}, o.summary ?? o.path))))))));
  filter();
  follow();
}

function filter() {
  const wanted = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const group of document.querySelectorAll(".toc-group")) {
    let shown = 0;
    for (const line of group.querySelectorAll("li")) {
      line.hidden = !wanted.every((word) => line.dataset.text.includes(word));
      shown += line.hidden ? 0 : 1;
    }
    group.hidden = shown === 0;
  }
}

/** Opens and marks the operation that the address names. */
function follow() {
  const id = decodeURIComponent(location.hash.slice(1));
  const card = id && document.getElementById(id);
  for (const link of document.querySelectorAll("#toc a")) {
    if (link.getAttribute("href") === `#${id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (!card || !card.classList.contains("operation")) return;
  card.open = true;
  card.scrollIntoView();
  card.querySelector("summary").focus({ preventScroll: true });
}

function closeMenu() {
  document.body.classList.remove("menu-open");
  $("menu").setAttribute("aria-expanded", "false");
}

async function load() {
  try {
    const answer = await fetch(chosen.url);
    if (!answer.ok) throw new Error(String(answer.status));
    api = await answer.json();
    document.title = `${api.info.title} reference`;
    draw();
  } catch {
    $("main").replaceChildren(html("p", { class: "notice" }, `${chosen.url} could not be loaded.`));
  }
}

// ---- Who sends the requests ---------------------------------------------------------------------------------

function useToken(given, name) {
  token = given;
  $("account").classList.toggle("known", token !== "");
  $("account-label").textContent = token === "" ? "Log in" : name;
  $("login-problem").textContent = "";
  $("login").close();
}

async function logIn() {
  const email = $("login-email").value;
  try {
    const answer = await fetch(chosen.login, {
      method: "POST", headers: { "Content-Type": "application/json" }, credentials: "omit",
      body: JSON.stringify({ email, password: $("login-password").value }) });
    const body = await answer.json();
    if (answer.ok) {
      $("login-password").value = "";
      useToken(body.data.access_token ?? body.data.access, email);
    } else {
      $("login-problem").textContent = body.message ?? Object.values(body).flat().join(" ");
    }
  } catch {
    $("login-problem").textContent = "The server did not answer.";
  }
}

function wire() {
  $("login-form").addEventListener("submit", (event) => { event.preventDefault(); logIn(); });
  $("account").addEventListener("click", () => { $("login-token").value = token; $("login").showModal(); });
  $("login-use").addEventListener("click", () => useToken($("login-token").value.trim(), "Own token"));
  $("login-forget").addEventListener("click", () => useToken("", ""));
  $("login-close").addEventListener("click", () => $("login").close());
  $("filter").addEventListener("input", filter);
  $("toc").addEventListener("click", (event) => { if (event.target.closest("a")) closeMenu(); });
  $("menu").addEventListener("click", () => {
    const open = document.body.classList.toggle("menu-open");
    $("menu").setAttribute("aria-expanded", String(open));
  });
  $("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme !== "dark";
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    localStorage.setItem("theme", document.documentElement.dataset.theme);
  });
  window.addEventListener("hashchange", follow);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenu();
    if (event.key !== "/" || event.target.closest("input, textarea, select, dialog")) return;
    event.preventDefault();
    $("filter").focus();
  });
  $("document").replaceChildren(...DOCUMENTS.map((d, at) => html("option", { value: String(at) }, d.name)));
  $("document").hidden = DOCUMENTS.length < 2;
  $("document").addEventListener("change", (event) => { chosen = DOCUMENTS[Number(event.target.value)]; load(); });
}

document.documentElement.dataset.theme = localStorage.getItem("theme")
  ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
wire();
load();
