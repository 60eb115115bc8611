// Talking to the server: what people do goes out, what happens comes in.

export class Refused extends Error {}

async function request(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refused("gone");
  }
  if (answer.ok) return answer.json();
  const { error } = await answer.json().catch(() => ({ error: "malformed" }));
  throw new Refused(error);
}

export const state = () => request("/state");

export const post = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export function attach(fields, files) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value != null) form.append(name, value);
  for (const file of files) form.append("file", file, file.name);
  return request("/attach", { method: "POST", body: form });
}

// Follows what happens after `mark`, for ever. A hidden page lets its connection go: browsers allow
// only six to one host, and there may be more tabs than that.
export function follow(mark, { onEvent, onOnline }) {
  let source = null;
  let timer = 0;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(`/events?after=${encodeURIComponent(mark)}`);
    source.onopen = () => onOnline(true);
    source.onmessage = (message) => {
      mark = message.lastEventId || mark;
      onEvent(JSON.parse(message.data));
    };
    source.onerror = () => {
      onOnline(false);
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, 2000);
    };
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) source?.close();
    else open();
  });
  if (!document.hidden) open();
}
