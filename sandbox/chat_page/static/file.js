// The part of a message that is not text: file, photo, video, voice, sticker, location.

import { formatSize, get, make, makeIcon } from "./dom.js";

const KINDS = {
  pdf: "pdf", doc: "word", docx: "word", odt: "word", epub: "book", mobi: "book", txt: "text", md: "text",
  html: "web", htm: "web", mp4: "film", mkv: "film", zip: "zip", png: "image", jpg: "image", jpeg: "image",
};
const OTHERS = { voice: "Voice message", sticker: "Sticker", location: "Location", audio: "Audio", animation: "Animation" };

export function makeFile(message) {
  if (message.photo) return makePhoto(message);
  const file = message.video || message.document;
  if (file) return makeDocument(message, file);
  const kind = Object.keys(OTHERS).find((name) => message[name]);
  return kind ? make("p", { className: "other" }, OTHERS[kind]) : null;
}

function makePhoto(message) {
  const url = makeUrl(message.file_url, "photo.jpg");
  const photo = make("img", { className: "photo", src: url, alt: "Photo", loading: "lazy" });
  return make("button", { type: "button", className: "photo-open", "aria-label": "Open the photo", onclick: () => openViewer(url) }, photo);
}

// Shows the photo as large as the window; a click or Escape closes it.
function openViewer(url) {
  get("viewer-photo").src = url;
  get("viewer").showModal();
}

function makeDocument(message, file) {
  const name = file.file_name || "";
  const url = makeUrl(message.file_url, name);
  const row = makeFileRow(name, formatSize(file.file_size ?? 0), url);
  if (!url || !(message.video || (file.mime_type || "").startsWith("video/"))) return row;
  const label = name ? `Video ${name}` : "Video";
  const video = make("video", { src: url, controls: true, preload: "metadata", playsInline: true, "aria-label": label });
  return make("div", { className: "film" }, video, row);
}

export function makeFileRow(name, note, url) {
  const shown = name || "Unnamed file";
  const kind = name.includes(".") ? name.split(".").pop().toLowerCase() : "";
  const badge = make("span", { className: `file-kind ${KINDS[kind] ?? ""}`, "aria-hidden": "true" }, kind.slice(0, 4) || "file");
  const label = make("bdi", { className: "file-name", title: shown }, shown);
  const lines = make("span", { className: "file-lines" }, label, make("span", { className: "file-note" }, note));
  if (!url) return make("div", { className: "file" }, badge, lines);
  const link = make("a", { className: "file", href: url, download: name || "file" }, badge, lines);
  link.append(make("span", { className: "file-get" }, make("span", { className: "sr" }, "Download"), makeIcon("download")));
  return link;
}

// File names can contain characters that a URL cannot. The server finds the file by its id alone.
function makeUrl(url, name) {
  if (!url) return "";
  const [, root, files, id] = url.split("/");
  const last = name.replace(/[\\/]/g, "_").slice(-80);
  return `/${root}/${files}/${id}/${/^\.*$/.test(last) ? "file" : encodeURIComponent(last.toWellFormed?.() ?? last)}`;
}
