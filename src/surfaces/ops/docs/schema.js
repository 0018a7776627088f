// Reading JSON Schema as OpenAPI 3.1 uses it: names of types, examples, and the list of a schema's fields.
import { html, prose } from "./page.js";

const DEPTH_MAX = 6;

const nameOf = (schema) => (schema?.$ref ? schema.$ref.split("/").pop() : "");
const typesOf = (schema) => [schema?.type ?? []].flat();

/** Follows a reference and joins `allOf` into one object schema. */
function plain(schema, resolve) {
  const found = resolve(schema ?? {});
  if (!found.allOf) return found;
  const joined = { ...found, properties: { ...found.properties }, required: [...(found.required ?? [])] };
  for (const part of found.allOf.map((p) => plain(p, resolve))) {
    Object.assign(joined.properties, part.properties);
    joined.required.push(...(part.required ?? []));
    joined.type ??= part.type;
  }
  return joined;
}

export function typeName(schema, resolve) {
  if (!schema) return "any";
  const found = plain(schema, resolve);
  const several = found.anyOf ?? found.oneOf;
  if (several) return several.map((s) => typeName(s, resolve)).join(" | ");
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum) return found.enum.map((v) => JSON.stringify(v)).join(" | ");
  const names = typesOf(found).map((type) => {
    if (type === "array") return `${typeName(found.items, resolve)}[]`;
    if (type === "object") return nameOf(schema) || "object";
    return found.format && type !== "null" ? `${type} (${found.format})` : type;
  });
  return names.join(" | ") || nameOf(schema) || "any";
}

const BY_FORMAT = {
  email: "user@example.com", "date-time": "2024-01-01T00:00:00Z", date: "2024-01-01", uri: "https://example.com/",
  decimal: "999.99", password: "correct horse battery",
};

export function exampleOf(schema, resolve, depth = 0) {
  const found = plain(schema, resolve);
  if (found.example !== undefined) return found.example;
  if (found.examples?.length) return found.examples[0];
  if (found.const !== undefined) return found.const;
  if (found.enum) return found.enum[0];
  if (found.default !== undefined) return found.default;
  const several = found.anyOf ?? found.oneOf;
  if (several) return exampleOf(several[0], resolve, depth);
  const type = typesOf(found).find((t) => t !== "null") ?? (found.properties ? "object" : "null");
  if (depth > DEPTH_MAX) return null;
  switch (type) {
    case "object":
      return Object.fromEntries(Object.entries(found.properties ?? {})
        .filter(([, p]) => !resolve(p).readOnly || depth > 0)
        .map(([name, p]) => [name, exampleOf(p, resolve, depth + 1)]));
    case "array": return [exampleOf(found.items, resolve, depth + 1)];
    case "string": return BY_FORMAT[found.format] ?? "text";
    case "integer": return found.minimum ?? 1;
    case "number": return found.minimum ?? 1;
    case "boolean": return true;
    default: return null;
  }
}

function limits(schema) {
  const words = [];
  if (schema.minLength === 1) words.push("not blank");
  else if (schema.minLength !== undefined) words.push(`at least ${schema.minLength} characters`);
  if (schema.maxLength !== undefined) words.push(`at most ${schema.maxLength} characters`);
  if (schema.minimum !== undefined) words.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) words.push(`to ${schema.maximum}`);
  if (schema.maxItems !== undefined) words.push(`at most ${schema.maxItems} lines`);
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.join(", ");
}

/** The schema whose fields are worth showing below a value of this one, and its name. */
function inner(schema, resolve) {
  const found = plain(schema, resolve);
  if (found.items && typesOf(found).includes("array")) return inner(found.items, resolve);
  return { found, name: nameOf(schema) };
}

/** A list of a schema's fields; deeper objects unfold. Alternatives come one below the other. */
export function fieldList(schema, resolve, seen = []) {
  const { found, name } = inner(schema, resolve);
  const several = found.anyOf ?? found.oneOf;
  if (several) {
    return html("div", {}, ...several.flatMap((s, at) => [
      html("p", { class: "quiet" }, at === 0 ? "" : "or ", html("code", {}, typeName(s, resolve))),
      fieldList(s, resolve, seen)]));
  }
  const trail = name ? [...seen, name] : seen;
  return html("ul", { class: "fields" }, ...Object.entries(found.properties ?? {}).map(([key, property]) => {
    const below = inner(property, resolve);
    const about = [plain(property, resolve).description, limits(plain(property, resolve))].filter(Boolean).join(" · ");
    const line = html("li", {},
      html("span", { class: "name" }, key),
      found.required?.includes(key) ? html("span", { class: "required", title: "required" }, " *") : "",
      html("span", { class: "type" }, typeName(property, resolve)),
      about ? html("span", { class: "about" }, ...prose(about)) : "");
    if (below.found.properties && !trail.includes(below.name) && trail.length < DEPTH_MAX) {
      const fold = html("details", {}, html("summary", {}, "fields"));
      fold.addEventListener("toggle", () => {
        if (fold.children.length === 1) fold.append(fieldList(property, resolve, trail));
      });
      line.append(fold);
    }
    return line;
  }));
}
