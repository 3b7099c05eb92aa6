// The inbox page: a list that follows the server, and one mail shown in four ways. Mail is foreign text:
// it goes into the page as text only, and its HTML into a frame that may do nothing.

const $ = (id) => document.getElementById(id);
const state = { open: null, view: "html", known: new Set(), first: true, round: 0 };

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const when = (us) => new Date(us / 1000);

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

async function json(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function row(mail) {
  const item = element("li");
  const button = element("button");
  button.type = "button";
  button.dataset.id = mail.id;
  button.setAttribute("aria-current", String(mail.id === state.open));
  if (!state.first && !state.known.has(mail.id)) button.classList.add("fresh");
  const time = element("time", "", clock.format(when(mail.received_us)));
  time.dateTime = when(mail.received_us).toISOString();
  button.append(
    element("span", "subject", mail.subject || "(no subject)"),
    time,
    element("span", "who", mail.envelope_to.join(", ")),
  );
  button.addEventListener("click", () => open(mail.id));
  item.append(button);
  return item;
}

async function refresh() {
  // An answer that was overtaken by a later question is left aside.
  const round = ++state.round;
  const filter = $("filter").value.trim();
  const query = filter ? `?to=${encodeURIComponent(filter)}` : "";
  const [mails, faults] = await Promise.all([json(`api/mails${query}`), json("api/faults")]);
  if (round !== state.round) return;
  const focused = document.activeElement?.dataset?.id;
  $("list").replaceChildren(...mails.items.map(row));
  if (focused) $("list").querySelector(`[data-id="${focused}"]`)?.focus();
  mails.items.forEach((mail) => state.known.add(mail.id));
  state.first = false;
  $("empty").hidden = mails.items.length > 0;
  $("total").value = mails.total === 1 ? "1 mail" : `${mails.total.toLocaleString()} mails`;
  document.title = mails.total ? `Inbox (${mails.total.toLocaleString()})` : "Inbox";
  const words = faults.map((fault) => `${fault.action} at ${fault.stage}`);
  $("trouble").textContent = `Faults on command: ${words.join(", ")}`;
  $("trouble").hidden = words.length === 0;
  if (state.open === null && mails.items.length > 0) await open(mails.items[0].id);
}

async function open(id) {
  const mail = await json(`api/mails/${id}`);
  state.open = id;
  for (const button of $("list").querySelectorAll("button")) {
    button.setAttribute("aria-current", String(Number(button.dataset.id) === id));
  }
  $("subject").textContent = mail.subject || "(no subject)";
  $("from").textContent = mail.from || mail.envelope_from;
  $("to").textContent = mail.to || mail.envelope_to.join(", ");
  $("came").textContent = `${full.format(when(mail.received_us))}${mail.encrypted ? ", over TLS" : ""}`;
  $("mail").hidden = false;
  $("none").hidden = true;
  await show(mail, state.view);
}

async function show(mail, wanted) {
  const view = wanted === "html" && !mail.html ? "text" : wanted;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.view === view));
    tab.disabled = tab.dataset.view === "html" && !mail.html;
    tab.onclick = () => {
      state.view = tab.dataset.view;
      show(mail, tab.dataset.view);
    };
  }
  const body = await panes[view](mail);
  if (state.open === mail.id) $("pane").replaceChildren(body);
}

const panes = {
  html(mail) {
    const frame = element("iframe");
    frame.title = "The mail as its reader sees it";
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    frame.src = `mails/${mail.id}/body.html`;
    return frame;
  },
  text: (mail) => element("pre", "", mail.text ?? "This mail has no text part."),
  headers(mail) {
    const table = element("table");
    for (const [name, value] of mail.headers) {
      const line = table.insertRow();
      line.append(element("th", "", name), element("td", "", value));
    }
    return table;
  },
  async source(mail) {
    const answer = await fetch(`api/mails/${mail.id}/raw`);
    return element("pre", "", await answer.text());
  },
};

$("filter").addEventListener("input", refresh);
$("clear").addEventListener("click", async () => {
  await fetch("api/mails", { method: "DELETE" });
  state.open = null;
  state.known.clear();
  $("mail").hidden = true;
  $("none").hidden = false;
  await refresh();
});

// The server rings at once, and whenever something has come; the browser reconnects by itself.
new EventSource("api/events").addEventListener("message", refresh);
