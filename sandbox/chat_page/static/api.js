// Calls to the sandbox's server. A failed call throws Refused with a sentence to show.

export class Refused extends Error {}

async function call(path, body) {
  const options = body === undefined
    ? {}
    : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused("The sandbox is not responding.");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(answer?.error || "The sandbox refused this request.");
  return answer;
}

export const listPeople = () => call("/sandbox/people");
export const addPerson = (person) => call("/sandbox/people", person);
export const listCommands = (language) => call(`/sandbox/commands?language=${encodeURIComponent(language)}`);
export const listMessages = (person) => call(`/sandbox/people/${person}/messages`);
export const listEvents = (person) => call(`/sandbox/people/${person}/transcript?since=0`);
export const sendText = (person, message) => call(`/sandbox/people/${person}/messages`, message);
export const editText = (person, message) => call(`/sandbox/people/${person}/edits`, message);
export const tap = (person, message_id, data) => call(`/sandbox/people/${person}/taps?wait=15`, { message_id, data });

// XMLHttpRequest, because fetch does not report the progress of an upload.
export function sendFile(person, file, replyTo, onProgress) {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file, file.name);
  if (replyTo) form.append("reply_to_message_id", String(replyTo));
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Refused("The sandbox is not responding."));
    request.onabort = () => resolve(null);
    request.onload = () => {
      const answer = parse(request.responseText);
      if (request.status === 200 && answer) resolve(answer);
      else reject(new Refused(answer?.error || (request.status === 413 ? "The file is too large for the sandbox." : "The sandbox refused this request.")));
    };
  });
  request.open("POST", `/sandbox/people/${person}/messages`);
  request.send(form);
  return { done, cancel: () => request.abort() };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
