// A box a digit in place of one field, a code that sends itself, and the wait for another one.
let sent = '';
let clock;

function boxes(place) {
  const field = place.querySelector('input[name=code]');
  if (!field) return;
  const wrong = field.getAttribute('aria-invalid');
  field.replaceWith(place.querySelector('template').content.cloneNode(true));
  place.querySelector('[data-label]').removeAttribute('for');
  const all = [...place.querySelectorAll('.boxes input')];
  const form = place.closest('form');

  const full = () => all.map((box) => box.value).join('');
  const fill = (digits, from) => {
    let at = from;
    for (const digit of digits) {
      if (at >= all.length) break;
      all[at].value = digit;
      at += 1;
    }
    all[Math.min(at, all.length - 1)].focus();
    submit();
  };
  const submit = () => {
    const code = full();
    if (code.length < all.length || code === sent) return;
    sent = code;
    form.requestSubmit(form.querySelector('button[type=submit]'));
  };

  all.forEach((box, at) => {
    box.addEventListener('focus', () => box.select());
    box.addEventListener('input', () => {
      const digits = plain(box.value);
      box.value = '';
      if (digits) fill(digits.length > 1 && !digits[2] ? digits.slice(-1) : digits, at);
      else sent = '';
    });
    box.addEventListener('paste', (event) => {
      event.preventDefault();
      fill(plain(event.clipboardData.getData('text')), at);
    });
    box.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowLeft' && at) all[at - 1].focus();
      else if (event.key === 'ArrowRight' && at + 1 < all.length) all[at + 1].focus();
      else if (event.key === 'Backspace') {
        sent = '';
        if (box.value) box.value = '';
        else if (at) {
          all[at - 1].value = '';
          all[at - 1].focus();
        }
      } else if (!['ArrowUp', 'ArrowDown'].includes(event.key)) return;
      if (event.key.startsWith('Arrow') || event.key === 'Backspace') event.preventDefault();
    });
  });
  if (wrong) sent = '';
  all[0].focus();
}

// Digits of any script, without whatever stands between them.
function plain(words) {
  let found = '';
  for (const sign of words.normalize('NFKC')) {
    if (/\p{Nd}/u.test(sign)) found += value(sign);
  }
  return found;
}

function value(sign) {
  const at = sign.codePointAt(0);
  let zero = at;
  while (at - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(at - zero);
}

function countdown(form) {
  const line = form.querySelector('[data-countdown]'), button = form.querySelector('button');
  const end = Date.now() + 1000 * Number(form.dataset.wait);
  clearInterval(clock);
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    line.textContent = left > 0 ? form.dataset.says.replace('{}', left) : '';
    if (button) button.hidden = left > 0;
    if (left <= 0) clearInterval(clock);
  };
  clock = setInterval(tick, 1000);
  tick();
}

function dress() {
  document.querySelectorAll('[data-code]').forEach(boxes);
  document.querySelectorAll('[data-wait]').forEach(countdown);
}

document.addEventListener('carteiro:page', dress);
dress();
