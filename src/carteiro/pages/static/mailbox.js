// Times in the reader's own zone, and mails as they arrive: nothing moves under the reader.
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

function localise(time) {
  const at = new Date(time.dateTime);
  const today = day.format(at) === day.format(new Date());
  time.textContent = today ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
}

function entryOf(mail) {
  const entry = document.querySelector("#entry").content.cloneNode(true);
  entry.querySelector("a").href = `/mailbox?mail=${encodeURIComponent(mail.id)}`;
  entry.querySelector("strong").textContent = mail.subject;
  entry.querySelector("bdi").textContent = mail.to;
  const time = entry.querySelector("time");
  time.dateTime = new Date(Number(mail.id.slice(0, 13))).toISOString();
  localise(time);
  return entry;
}

document.querySelectorAll("time").forEach(localise);

const list = document.querySelector("#mails");
const newest = list.querySelector("a")?.href;
const after = newest ? new URL(newest).searchParams.get("mail") : "";
const source = new EventSource(`/mailbox/events?after=${encodeURIComponent(after)}`);
source.addEventListener("mail", (event) => {
  const mail = JSON.parse(event.data);
  document.querySelector(".empty")?.remove();
  list.prepend(entryOf(mail));
  document.querySelector("[role=status]").textContent = `New: ${mail.subject}`;
});
