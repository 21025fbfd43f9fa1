// Calls of the simulator's control API and the live stream.

export class Refused extends Error {}

async function answerOf(response) {
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(body?.detail ?? response.statusText);
  return body;
}

export const get = async (path, query = {}) =>
  answerOf(await fetch(`${path}?${new URLSearchParams(query)}`, { cache: "no-store" }));

export const post = async (path, body) =>
  answerOf(await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));

export const postFile = async (path, query, file) =>
  answerOf(await fetch(`${path}?${new URLSearchParams(query)}`, { method: "POST", body: file }));

// watch opens the live stream of one conversation. Every (re)connection begins
// with a snapshot, so nothing can be missed. It returns a function that stops.
export function watch(account, citizen, on, connected) {
  const source = new EventSource(`/sim/stream?${new URLSearchParams({ account, citizen })}`);
  for (const name of ["snapshot", "bubble", "citizen", "windows", "typing", "exchange", "faults", "article", "comment"]) {
    source.addEventListener(name, (e) => on[name](JSON.parse(e.data)));
  }
  let again;
  source.addEventListener("open", () => connected(true));
  source.addEventListener("error", () => {
    connected(false);
    // A server that answers with an error ends the EventSource for good.
    if (source.readyState === EventSource.CLOSED) {
      again = setTimeout(() => { stop = watch(account, citizen, on, connected); }, 2000);
    }
  });
  let stop = () => { clearTimeout(again); source.close(); };
  return () => stop();
}
