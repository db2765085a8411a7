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
  const button = entry.querySelector("button");
  if (mail.code) offer(button, mail.code);
  else button.remove();
  return entry;
}

// One click, and the code is where the sign-in page takes it from.
function offer(button, code) {
  button.dataset.copies = code;
  button.hidden = !navigator.clipboard;
  button.textContent ||= `Copy ${code}`;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copies);
  document.querySelector("[role=status]").textContent = `Copied: ${button.dataset.copies}`;
  const words = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = words; }, 1500);
});

document.querySelectorAll("time").forEach(localise);
document.querySelectorAll("[data-copies]").forEach((button) => offer(button, button.dataset.copies));

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
