// Comfort for the pages of signing in: every one of them works without.
const told = document.getElementById('logto-ssr');
if (told) window.logtoSsr = JSON.parse(told.textContent);

const BY_SCRIPT = {'Carteiro-Page': '1'};
let busy = false;

function text(key) {
  const data = window.logtoSsr?.phrases?.data ?? {};
  return key.split('.').reduce((place, part) => place?.[part], data) ?? key;
}

function toast(words) {
  const one = document.createElement('div');
  one.setAttribute('role', 'toast');
  one.className = 'toast';
  one.textContent = words;
  document.querySelector('.toasts').replaceChildren(one);
}

function mode() {
  const wanted = matchMedia('(prefers-color-scheme: dark)');
  const show = () => {
    const name = wanted.matches ? 'dark' : 'light';
    document.body.className = `auto ${name}`;
    for (const icon of document.querySelectorAll('link[data-light]')) icon.href = icon.dataset[name];
  };
  if (!document.body.classList.contains('auto')) return;
  wanted.addEventListener('change', show);
  show();
}

// What the interaction knows is not kept in the address.
function clean() {
  const here = new URL(location.href);
  if (here.searchParams.has('preview')) return;
  const id = window.logtoSsr?.signInExperience?.appId;
  const wanted = `${here.pathname}${id ? `?app_id=${encodeURIComponent(id)}` : ''}`;
  if (id && here.search && here.pathname + here.search !== wanted) history.replaceState(null, '', wanted);
}

function working(form, on, button) {
  busy = on;
  const one = button ?? form.querySelector('button[type=submit]');
  if (!one) return;
  one.disabled = on;
  one.toggleAttribute('aria-busy', on);
  if (on) one.setAttribute('aria-busy', 'true');
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form));
  if (button?.name && button.value) body.set(button.name, button.value);
  working(form, true, button);
  try {
    const answer = await fetch(form.getAttribute('action'), {method: 'POST', body, headers: BY_SCRIPT});
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const {to} = await answer.json();
    const next = new URL(to, location.href);
    if (next.origin !== location.origin || next.pathname !== location.pathname) {
      location.assign(next);
      return;
    }
    await again(next);
  } catch {
    toast(text('error.unknown'));
  }
  working(form, false, button);
}

// The same page as it is now, in place: what was typed into it elsewhere is not there any more.
async function again(address) {
  const answer = await fetch(address);
  if (new URL(answer.url).pathname !== location.pathname) {
    location.assign(answer.url);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const part of ['main', '.foot', '.toasts']) {
    const now = document.querySelector(part), next = page.querySelector(part);
    if (now && next) now.replaceChildren(...next.childNodes);
  }
  dress();
}

function dress() {
  for (const part of document.querySelectorAll('[data-without-script]')) part.hidden = true;
  for (const button of document.querySelectorAll('[data-reveals]')) button.hidden = false;
  const auto = document.querySelector('form[data-auto]');
  if (auto) auto.requestSubmit(auto.querySelector('button'));
  document.dispatchEvent(new Event('carteiro:page'));
  (document.querySelector('[data-focus]') ?? document.querySelector('main [autofocus]'))?.focus();
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (busy) {
    event.preventDefault();
    return;
  }
  if ('plain' in form.dataset) {
    busy = true;
    // Disabled before the browser has read the form, a button's value would not be in it.
    setTimeout(() => working(form, true, event.submitter));
    return;
  }
  event.preventDefault();
  void send(form, event.submitter);
});

// By the keyboard each arrow is a choice: there a button says which one was meant (WCAG 2.2, 3.2.2).
let pointed = false;
for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, () => { pointed = kind === 'pointerdown'; }, true);
document.addEventListener('change', ({target}) => {
  if (!('submits' in target.dataset)) return;
  if (pointed) target.form.requestSubmit();
  else target.form.querySelector('button').hidden = false;
});

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-reveals]');
  if (!button) return;
  const field = document.getElementById(button.dataset.reveals);
  const shown = field.type === 'password';
  field.type = shown ? 'text' : 'password';
  button.setAttribute('aria-pressed', String(shown));
  button.setAttribute('aria-label', shown ? button.dataset.hide : button.dataset.show);
});

// A link that says it is a button is pressed by the space bar, too.
document.addEventListener('keydown', (event) => {
  if (event.key === ' ' && event.target.matches?.('a[role=button]')) {
    event.preventDefault();
    event.target.click();
  }
});

// A page that the browser kept shows how things were.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});

mode();
clean();
dress();
